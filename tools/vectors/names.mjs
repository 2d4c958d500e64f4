/** The vector files a test names: `loadVector('fees')` or `vectorCases('fees')`. */
export function vectorNamesIn(source) {
  const calls = [...source.matchAll(/\b(?:loadVector|vectorCases)\(\s*['"`]([\w-]+)['"`]/g)]
  return [...new Set(calls.map((call) => call[1]))]
}

export const openVectors = (all, named) => all.filter((name) => !named.includes(name))
