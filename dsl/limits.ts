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

/** The value at the bound passes. */
export const atLeast = (bound: number): AtLeast => ({ atLeast: bound })
/** The value at the bound passes. */
export const atMost = (bound: number): AtMost => ({ atMost: bound })
/** How much worse than the model in service, in the metric's own unit; a difference of just this passes. */
export const notWorseBy = (margin: number): NotWorseBy => ({ notWorseBy: margin })
