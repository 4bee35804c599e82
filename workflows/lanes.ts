/** So many pieces of work at a time; what finds no lane free waits in turn. */
export interface Lanes {
  free: number
  readonly waiting: Work[]
}

/** Starts a piece of work. Answers whether it did: else its lane stays free. */
type Work = () => boolean

/** Starts the work once there is a lane for it, which it then holds until `leave`. */
export function enter(lanes: Lanes, work: Work): void {
  if (lanes.free === 0) lanes.waiting.push(work)
  else if (work()) lanes.free -= 1
}

/** Gives a lane to whoever waits longest. */
export function leave(lanes: Lanes): void {
  for (let next = lanes.waiting.shift(); next !== undefined; next = lanes.waiting.shift()) if (next()) return
  lanes.free += 1
}
