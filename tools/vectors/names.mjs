/**
 * The vector files a test names: `loadVector('fees')` or `vectorCases('fees')`.
 *
 * @param {string} source
 * @returns {string[]}
 */
export function vectorNamesIn(source) {
  const direct = [...source.matchAll(/\b(?:loadVector|vectorCases)\(\s*['"`]([\w-]+)['"`]/g)]
  return [...new Set(direct.map((match) => match[1]))]
}

/** @param {readonly string[]} all @param {readonly string[]} named */
export const openVectors = (all, named) => all.filter((name) => !named.includes(name))
