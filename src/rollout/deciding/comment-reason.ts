const STAND_IN = 'asked for in a comment'

/** Ties what a command changed to the comment that asked for it. */
export function commentTag(commentId: number): string {
  return `(comment ${commentId})`
}

/** The reason of a command that was written in a comment: the words beside it, if any, and the comment. */
export function commentReason(words: string, commentId: number): string {
  const said = words.trim()
  return `${said === '' ? STAND_IN : said} ${commentTag(commentId)}`
}

/** Whether somebody said why. That it was asked for is no reason, and law 2 wants one. */
export function saysWhy(reason: string): boolean {
  const said = reason.replace(/\(comment \d+\)$/, '').trim()
  return said !== '' && said !== STAND_IN
}
