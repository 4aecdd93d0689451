import { Parser } from 'commonmark'
import { describe, expect, it } from 'vitest'
import { shownLines } from '../../../src/github/commands/shown-lines.ts'

const call = '/slipway rollback it breaks'

/** Bodies in which GitHub shows the call as a line of the author's own text. */
const said: readonly string[] = [
  call,
  `   ${call}`,
  `thanks\n${call}`,
  `thanks\n\n${call}\n\nbye`,
  `thanks\n      ${call}`,
  `thanks\\\n${call}`,
  `thanks  \n${call}`,
  `\`\`\`foo\`\`\`\n${call}`,
  `text \`\`\`foo\`\`\` more\n${call}`,
  `\`\`\`\ncode\n\`\`\`\n${call}`,
  `\`\`\`\`\n\`\`\`\n\`\`\`\`\n${call}`,
  `~~~ \`\`\`\ncode\n~~~\n${call}`,
  `<!-- hidden -->\n${call}`,
  `<!-- hidden\nmore -->\n${call}`,
  `<pre>\n\nlog\n</pre>\n${call}`,
  `<div>\n\n${call}\n\n</div>`,
  `<br>\n\n${call}`,
  `- a list\n\n${call}`,
  `> quoted\n\n${call}`,
  `# A heading\n${call}`,
  `***\n${call}`,
  `${call}\n---`,
  `${call}\n===`,
  `[a link](https://a.test)\n${call}`,
  `[label]: https://a.test\n${call}`,
  `an unclosed \`tick\n${call}`,
  `an unclosed <!-- comment\n${call}`,
  `List<String> is gone\n${call}`,
  `a < b and c > d\n${call}`,
  `*loud\n${call}*`,
  `\t\n${call}`,
  `On it goes, as I wrote\n${call}`,
]

/** Bodies in which it is code, quoted, hidden, or not at the beginning of a line. */
const notSaid: readonly string[] = [
  `say ${call}`,
  `\\${call}`,
  `&#47;slipway rollback`,
  `\`${call}\``,
  `\`\`${call}\`\``,
  `a \`span\n${call}\nends\``,
  `    ${call}`,
  `\t${call}`,
  `\`\`\`\n${call}\n\`\`\``,
  `\`\`\`\n${call}`,
  `\`\`\`\`\n\`\`\`\n${call}\n\`\`\`\n\`\`\`\``,
  `\`\`\`text\n~~~\n${call}\n~~~`,
  `~~~~\n\`\`\`\n${call}\n~~~~`,
  `~~~ \`\`\`\n${call}\n~~~`,
  `  \`\`\`\n${call}\n  \`\`\``,
  `\`\`\`\ncode\n\`\`\` no end\n${call}`,
  `> ${call}`,
  `> quoted\n${call}`,
  `> > ${call}`,
  `> \`\`\`\n> ${call}`,
  `- ${call}`,
  `- item\n${call}`,
  `- item\n\n  ${call}`,
  `1. ${call}`,
  `# ${call}`,
  `<!-- ${call} -->`,
  `<!--\n${call}\n-->`,
  `<!--\n\n${call}\n\n-->`,
  `<!--\n${call}`,
  `text <!--\n${call}\n-->`,
  `<pre>\n${call}\n</pre>`,
  `<pre>\n\n${call}\n\n</pre>`,
  `<pre>\n${call}`,
  `<script>\n${call}\n</script>`,
  `<?php\n${call}\n?>`,
  `<![CDATA[\n${call}\n]]>`,
  `<div>\n${call}\n</div>`,
  `[${call}](https://a.test)`,
  `![alt\n${call}](https://a.test/x.png)`,
  `[a]: https://a.test "\n${call}\n"`,
]

/** What GitHub does with HTML, its own marks and mail, CommonMark alone does not say. */
const notSaidOnGithub: readonly string[] = [
  `<blockquote>\n\n${call}\n\n</blockquote>`,
  `<details>\n<summary>log</summary>\n\n${call}\n\n</details>`,
  `text <pre>\n${call}\n</pre>`,
  `<del>\n\n${call}\n\n</del>`,
  `~~gone\n${call}~~`,
  `a | b\n--|--\n${call}`,
  `Thanks!\n\nOn Mon, 30 Nov 2026 at 10:00, Ana <ana@example.com> wrote:\n\n${call}`,
  `Danke\n\nAm 30.11.2026 um 10:00 schrieb Ana <ana@example.com>:\n${call}`,
  `ok\n\n-----Original Message-----\nFrom: Ana\n${call}`,
  `ok\n\nFrom: Ana <ana@example.com>\nSent: Monday, 30 November 2026\nTo: Wim\n\n${call}`,
  `ok\n\nOn Mon, Nov 30, 2026 at 10:00 AM Ana Maria Something Long\n<ana@example.com> wrote:\n${call}`,
]

/** The reference implementation's word: text at the beginning of a line of a paragraph or underlined heading. */
function judge(body: string): boolean {
  const walker = new Parser().parse(body).walker()
  let starts = false
  for (let step = walker.next(); step !== null; step = walker.next()) {
    const { node, entering } = step
    if (!entering) continue
    const isBlock = node.type === 'paragraph' || node.type === 'heading'
    if (isBlock || node.type === 'softbreak' || node.type === 'linebreak') starts = true
    else {
      const inside = node.parent?.type === 'emph' ? node.parent.parent : node.parent
      const isTop = inside?.parent?.type === 'document'
      const isAtx = inside?.type === 'heading' && body.trimStart().startsWith('#')
      if (starts && isTop && !isAtx && node.type === 'text' && node.literal?.startsWith('/')) {
        const from = body.split('\n')[(inside?.sourcepos[0][0] ?? 1) - 1] ?? ''
        if (!/^\s*(?:\\|&#)/.test(from)) return true
      }
      if (node.type !== 'emph') starts = false
    }
  }
  return false
}

const isHeard = (body: string): boolean => shownLines(body).some((line) => line.startsWith('/slipway'))

describe('what an author says', () => {
  it.each(said)('%j is heard', (body) => {
    expect(shownLines(body)).toContain(call)
    expect(judge(body)).toBe(true)
  })

  it.each(notSaid)('%j is not', (body) => {
    expect(isHeard(body)).toBe(false)
    expect(judge(body)).toBe(false)
  })

  it.each(notSaidOnGithub)('%j is not said on GitHub', (body) => expect(isHeard(body)).toBe(false))

  it('is the same with the line ends of Windows', () => {
    for (const body of said) expect(shownLines(body.replaceAll('\n', '\r\n'))).toContain(call)
    for (const body of notSaid) expect(isHeard(body.replaceAll('\n', '\r\n'))).toBe(false)
  })

  it('what is written below a mail that was quoted with marks is heard', () => {
    const body = `On Mon, 30 Nov 2026, Ana <ana@example.com> wrote:\n> it breaks\n\n${call}`
    expect(shownLines(body)).toContain(call)
  })

  it('the longest comment of each nasty kind is read', () => {
    for (const part of ['[', '*a ', '> ', '`` ` ', '<!--', 'a <', '![[', '_a__', '[a](<b', `${call}\n`]) {
      expect(() => shownLines(part.repeat(65_536 / part.length))).not.toThrow()
    }
  })
})
