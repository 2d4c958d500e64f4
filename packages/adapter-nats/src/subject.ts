/** NATS wildcards: `*` is one token, `>` the rest, at least one. */
export function subjectMatches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.')
  const tokens = subject.split('.')
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return tokens.length > index
    if (token !== '*' && token !== tokens[index]) return false
    if (index >= tokens.length) return false
  }
  return tokens.length === wanted.length
}
