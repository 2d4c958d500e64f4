/**
 * A pure state machine. Time, randomness and identity are inputs; nothing is awaited. The state has
 * one owner and may be edited in place; a snapshot aliases nothing.
 */
export type Machine<Config, State, Input, Output, Snapshot> = {
  initial(config: Config): State
  step(state: State, input: Input): readonly Output[]
  snapshot(state: State): Snapshot
  restore(config: Config, snapshot: Snapshot): State
}
