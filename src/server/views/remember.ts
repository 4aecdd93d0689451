/** Longer texts are worked out each time: what is kept must stay small whatever clients send. */
const longest = 500

/**
 * A pure function of a text that keeps its answers, for what clients repeat with every request: headers,
 * addresses, paths. At most `limit` answers; when they are full it starts anew.
 */
export function remember<Answer>(limit: number, compute: (text: string) => Answer): (text: string) => Answer {
  const known = new Map<string, { readonly answer: Answer }>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found.answer
    const answer = compute(text)
    if (text.length > longest) return answer
    if (known.size >= limit) known.clear()
    known.set(text, { answer })
    return answer
  }
}
