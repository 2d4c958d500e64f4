export function vectorNamesIn(source: string): string[]
export function openVectors(all: readonly string[], named: readonly string[]): string[]
