/**
 * What a probability is held at before its logarithm is taken, from both ends: float32's epsilon, as scikit-learn's
 * `log_loss` does for float32 predictions. Without it one confident error would be infinite.
 */
const LEAST = 2 ** -23

/** -ln of the probability that was given to what happened (Good, JRSS B 14, 1952), in nats. */
export function surprise(probability: number): number {
  return -Math.log(Math.min(Math.max(probability, LEAST), 1 - LEAST))
}
