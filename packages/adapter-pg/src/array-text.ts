/** Arrays in PostgreSQL's own text form. */
export const numberArray = (values: readonly number[]): string => `{${values.join(',')}}`
export const textArray = (values: readonly string[]): string =>
  `{${values.map((value) => `"${value.replace(/["\\]/g, '\\$&')}"`).join(',')}}`
