/** Crash on a broken invariant. Assertions stay on in production: a stopped trader loses less. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/** A programmer error. Nobody catches it except `main`, which logs it and exits. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`)
}
