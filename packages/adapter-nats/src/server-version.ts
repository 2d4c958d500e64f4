export type ServerVersion = readonly [major: number, minor: number, patch: number]

/** The oldest server the tape is tested on: Debian 12's. */
export const SERVER_VERSION_MIN: ServerVersion = [2, 9, 10]

/** Several filter subjects in one consumer. Older servers refuse them. */
export const FILTER_SUBJECTS_SINCE: ServerVersion = [2, 10, 0]

export function parseServerVersion(text: string): ServerVersion {
  const [, major = 0, minor = 0, patch = 0] = /(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []
  return [Number(major), Number(minor), Number(patch)]
}

/** Numbers, not strings: 2.10 is newer than 2.9. */
export function isAtLeast(version: ServerVersion, wanted: ServerVersion): boolean {
  for (const [index, part] of wanted.entries()) {
    const difference = version[index]! - part
    if (difference !== 0) return difference > 0
  }
  return true
}
