import type { Socket } from 'node:net'

/** Cuts a stream into what `frame` made: each after its length, 4 bytes, little-endian. */
export function onFrames(channel: Socket, hear: (payload: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  channel.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (rest.length - at >= 4) {
      const end = at + 4 + rest.readUInt32LE(at)
      if (rest.length < end) break
      hear(rest.subarray(at + 4, end))
      at = end
    }
    rest = rest.subarray(at)
  })
}

export function frame(payload: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(4 + payload.length)
  framed.writeUInt32LE(payload.length, 0)
  framed.set(payload, 4)
  return framed
}
