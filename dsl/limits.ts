export interface AtLeast {
  readonly atLeast: number
}

export interface AtMost {
  readonly atMost: number
}

/** How much worse than the model in service a candidate may be, in the metric's own unit. */
export interface NotWorseBy {
  readonly notWorseBy: number
}

export type Limit = AtLeast | AtMost | NotWorseBy

export const atLeast = (bound: number): AtLeast => ({ atLeast: bound })
export const atMost = (bound: number): AtMost => ({ atMost: bound })
export const notWorseBy = (margin: number): NotWorseBy => ({ notWorseBy: margin })
