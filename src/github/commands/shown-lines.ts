import MarkdownIt, { type Token } from 'markdown-it'

/**
 * CommonMark with the two of GitHub's extensions that change what a line is. Escaped characters stay apart from
 * the text beside them: `\/slipway` is how one writes a command without giving it.
 */
const markdown = new MarkdownIt('commonmark').enable(['table', 'strikethrough'])
markdown.core.ruler.disable('text_join')

/** HTML whose content is quoted, code, struck out, folded away or not shown. */
const notSaid =
  /^(?:blockquote|code|del|details|kbd|noembed|noframes|noscript|plaintext|pre|q|s|samp|script|strike|style|template|textarea|title|tt|xmp)$/i
const htmlTag = /<(\/?)([a-z][a-z0-9-]*)(?:\s[^<>]*)?>/gi

/** HTML without its comments; one that never ends takes the rest along. */
function withoutComments(html: string): string {
  let text = ''
  for (let at = 0; ; ) {
    const start = html.indexOf('<!--', at)
    if (start < 0) return text + html.slice(at)
    text += html.slice(at, start)
    const end = html.indexOf('-->', start + 4)
    if (end < 0) return text
    at = end + 3
  }
}

/** How many such elements are open after a piece of HTML. */
function openAfter(html: string, open: number): number {
  let depth = open
  for (const [whole, slash, name = ''] of withoutComments(html).matchAll(htmlTag)) {
    if (!notSaid.test(name) || whole.endsWith('/>')) continue
    depth = slash === '/' ? Math.max(0, depth - 1) : depth + 1
  }
  return depth
}

/** What mail programs put above the message they quote; a line of `>` after it is a quote by itself. */
const mailHeads: readonly RegExp[] = [
  /^[-_]{2,} ?(?:original message|forwarded message|reply message|ursprüngliche nachricht|weitergeleitete nachricht|message d'origine|message transféré|mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|ursprungligt meddelande|исходное сообщение|原始邮件|元のメッセージ) ?[-_]{2,}\s*$(?!\n+>)/im,
  /^(?:on|am|le|el|il|op|em|den|dnia|le) (?=[^\n]*\d)[^\n]{4,200}(?:\n[^\n]{1,200})?(?:wrote|schrieb[^\n]{0,120}|a écrit|escribió|ha scritto|schreef[^\n]{0,120}|escreveu|skrev[^\n]{0,120}|napisał\(?a?\)?) ?:\s*$(?!\n+>)/im,
  /^[^\n]{0,100}\d[^\n]{0,100}(?:写道|のメッセージ|написал\(?а?\)?) ?[:：]\s*$(?!\n+>)/im,
  /^\*{0,2}(?:from|von|de|da|van|från|от|发件人)\*{0,2} ?[:：][^\n]*\n(?:\*{0,2}(?:sent|date|to|gesendet|datum|an|envoyé|à|enviado|para|inviato|verzonden|aan|skickat|till|дата|发送时间)\*{0,2} ?[:：][^\n]*)$(?!\n+>)/im,
]

function withoutQuotedMail(body: string): string {
  const starts = mailHeads.map((head) => head.exec(body)?.index ?? body.length)
  return body.slice(0, Math.min(...starts))
}

/** The lines of one paragraph, each as its pieces. */
function linesOf(inline: Token): Token[][] {
  const lines: Token[][] = [[]]
  for (const child of inline.children ?? []) {
    if (child.type === 'softbreak' || child.type === 'hardbreak') lines.push([])
    else lines.at(-1)?.push(child)
  }
  return lines
}

const marks = new Set(['em_open', 'em_close', 'strong_open', 'strong_close'])

/**
 * The lines of a comment that its author says: text at the beginning of a line of a paragraph, as GitHub shows it,
 * without the marks of emphasis and code. Not code, quotes, lists, tables, HTML comments, folded or struck-out text,
 * quoted mail, nor lines that begin with anything but text.
 */
export function shownLines(body: string): readonly string[] {
  const found: string[] = []
  // Elements of HTML, and links and struck-out text, that are open at this place.
  let html = 0
  const tokens = markdown.parse(withoutQuotedMail(body.replace(/\r\n?/g, '\n')), {})
  for (const [index, token] of tokens.entries()) {
    if (token.type === 'html_block') html = openAfter(token.content, html)
    if (token.type !== 'inline') continue
    const opened = tokens[index - 1]
    const isParagraph = opened?.type === 'paragraph_open' || /^[-=]/.test(opened?.markup ?? '')
    const isTop = opened?.level === 0 && isParagraph
    let spans = 0
    for (const line of linesOf(token)) {
      const says = isTop && html === 0 && spans === 0 && line[0]?.type === 'text'
      let text = ''
      for (const { type, content, nesting } of line) {
        if (type === 'html_inline') html = openAfter(content, html)
        else if (!marks.has(type)) spans += nesting
        if (type !== 'html_inline') text += content
      }
      if (says) found.push(text.trim())
    }
  }
  return found
}
