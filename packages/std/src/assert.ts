/** Crash on a broken invariant. Assertions stay on in production: a stopped trader loses less. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message)
}

/**
 * The same where it is called for every event: a message is put together only when it is needed.
 * `if (!(price >= 0)) fail(`price: ${price}`)`
 */
export function fail(message: string): never {
  throw new AssertionError(message)
}

/** A programmer error. Nobody catches it except `main`, which logs it and exits. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}

export function unreachable(value: never): never {
  throw new AssertionError(`unreachable: ${JSON.stringify(value)}`)
}
