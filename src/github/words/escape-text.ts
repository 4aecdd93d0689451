/** Breaks a word for GitHub's link finder and is not seen by people. */
const gap = '&#8203;'

const invisible = /[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g
const notText = /[^\P{Cc}\n]/gu

/** Colours and cursor moves of a terminal, as logs carry them; the words between them stay. */
const terminal = new RegExp(`${String.fromCharCode(27)}(?:\\[[0-9;:?]*[ -/]*[@-~]|[@-Z\\\\-_])`, 'g')

/** One line without control or invisible characters, cut to `most` characters. */
export function oneLine(text: string, most: number): string {
  const line = text
    .replace(terminal, '')
    .replace(notText, ' ')
    .replace(invisible, '')
    .replace(/\s+/g, ' ')
    .trim()
  return line.length > most ? `${line.slice(0, most - 3).trimEnd()}...` : line
}

/** A name as code: not a mention, not a link, safe in a table cell. Never empty. */
export function code(text: string, most = 120): string {
  const line = oneLine(text, most).replaceAll('`', "'").replaceAll('<!--', '<! --').replaceAll('|', '/')
  return `\`${line === '' ? ' ' : line}\``
}

const special = new RegExp(
  [
    /(?<release>(?:npm|pypi):[^\s`|<>&,;()]{1,200}@\d[A-Za-z0-9.!+_-]*[A-Za-z0-9]|(?:npm|pypi):[^\s`|<>&,;()]{1,200}@\d)/,
    /(?<scheme>:)(?=\/\/)/,
    /(?<www>www)(?=\.)/,
    /(?<sigil>@|#(?=\d)|\bGH-(?=\d))/,
    /(?<sha>\b[0-9a-f]{7,40}\b)/,
    /(?<mark>[\\`*_[\]~|$])/,
    /(?<angle>[<>&])/,
  ]
    .map((part) => part.source)
    .join('|'),
  'gi',
)

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' }

/**
 * Words of somebody else as one line of Markdown that only says what it says: no mention, no link, no
 * reference to an issue or commit, no image, no HTML, no table or list. Release ids come out as code.
 */
export function prose(text: string, most = 300): string {
  const line = oneLine(text, most).replace(special, (...match) => {
    const found: string = match[0]
    const groups = match.at(-1) as Readonly<Record<string, string | undefined>>
    if (groups.release !== undefined) return `\`${found}\``
    if (groups.sha !== undefined) return `${found.slice(0, 3)}${gap}${found.slice(3)}`
    if (groups.mark !== undefined) return `\\${found}`
    return entities[found] ?? `${found}${gap}`
  })
  return line.replace(/^([-+=])/, '\\$1').replace(/^(\d{1,9})([.)])(?=\s|$)/, '$1\\$2')
}

/** The last lines of a log as a code block that nothing inside can end. */
export function fenced(text: string, most: { readonly lines: number; readonly characters: number }): string {
  const clean = text
    .replaceAll('\r\n', '\n')
    .replace(terminal, '')
    .replace(notText, ' ')
    .replace(invisible, '')
    .trimEnd()
  const tail = clean.split('\n').slice(-most.lines).join('\n').slice(-most.characters)
  const inert = tail.replaceAll('<!--', '<! --')
  const longest = Math.max(2, ...[...inert.matchAll(/`+/g)].map((run) => run[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}text\n${inert}\n${fence}`
}

/** A link when the address is a plain web address, else only its label. The label is Markdown already. */
export function link(label: string, url: string | null): string {
  return url !== null && /^https?:\/\/[^\s<>()[\]|`"\\]{1,500}$/.test(url) ? `[${label}](${url})` : label
}

/** Hides a key in a comment that GitHub does not show; found again by the same text. */
export function marker(word: 'comment' | 'answer' | 'notice', key: string): string {
  return `<!-- slipway:${word} ${key.replaceAll('--', '-%2D').replaceAll('>', '%3E')} -->`
}
