import { raw } from 'hono/html'
import type { PackageRecord } from '../../ports/package-store.ts'
import { schemeOf } from '../../versions/scheme-of.ts'
import type { Markup } from './page-layout.ts'

const mostCharacters = 200_000

/**
 * The README that a package came with, as markup: Markdown without HTML of its own, so that nothing in it is more than
 * text, links and pictures. Null where there is none. The reader of Markdown is loaded with the first page.
 */
export async function readmeOf(record: PackageRecord): Promise<Markup | null> {
  const text = textOf(record)
  if (text === null) return null
  const { default: MarkdownIt } = await import('markdown-it')
  const markdown = new MarkdownIt({ html: false, linkify: true })
  // Headings of the page stay above those of the text.
  markdown.renderer.rules.heading_open = (tokens, index) => `<h${levelOf(tokens[index]?.tag)}>`
  markdown.renderer.rules.heading_close = (tokens, index) => `</h${levelOf(tokens[index]?.tag)}>`
  return raw(markdown.render(text.slice(0, mostCharacters)))
}

function levelOf(tag: string | undefined): number {
  return Math.min(6, Number(tag?.slice(1) ?? 1) + 2)
}

/** That of the newest version. */
function textOf({ id, versions }: PackageRecord): string | null {
  const isNpm = id.startsWith('npm:')
  const { compare } = schemeOf(isNpm ? 'npm' : 'pypi')
  const newest = Object.values(versions).sort((a, b) => compare(b.version, a.version))[0]
  if (isNpm) return nonEmpty(newest?.manifest.readme)
  const isMarkdown = String(newest?.manifest.description_content_type ?? '').startsWith('text/markdown')
  return isMarkdown ? nonEmpty(newest?.manifest.description) : null
}

function nonEmpty(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' ? value : null
}
