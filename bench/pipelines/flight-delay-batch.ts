import flightDelay from '../../pipelines/flight-delay.ts'

/** `pipelines/flight-delay.ts` up to the registered model: what is measured needs no persons, no gateway and no traffic. */
export default {
  ...flightDelay,
  lifecycle: flightDelay.lifecycle && {
    sources: flightDelay.lifecycle.sources,
    train: flightDelay.lifecycle.train,
    gates: flightDelay.lifecycle.gates,
  },
}
