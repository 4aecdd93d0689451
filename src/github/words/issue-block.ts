const beginOf = (rollout: string): string => `<!-- slipway:begin ${rollout} -->`
const end = '<!-- slipway:end -->'

/** The hidden word by which a rollout's tracking issue is found again. */
export function issueMarker(rollout: string): string {
  return beginOf(rollout)
}

/** Slipway's part of a body, between its markers. */
export function wrapBlock(rollout: string, text: string): string {
  return `${beginOf(rollout)}\n${text.trim()}\n${end}`
}

/**
 * Puts a new block into a body that people may have edited: what stands outside the markers is kept as it
 * is. Where a marker is missing or doubled, all old text is kept below the block, without stray markers.
 */
export function replaceBlock(body: string, rollout: string, text: string): string {
  const block = wrapBlock(rollout, text)
  const begin = beginOf(rollout)
  const from = body.indexOf(begin)
  const to = body.indexOf(end, from)
  const once = from === body.lastIndexOf(begin) && to === body.lastIndexOf(end)
  if (from >= 0 && to > from && once) return body.slice(0, from) + block + body.slice(to + end.length)
  const rest = body.replaceAll(begin, '').replaceAll(end, '').trim()
  return rest === '' ? block : `${block}\n\n${rest}`
}
