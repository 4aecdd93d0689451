/**
 * Draws `docs/house.svg` from the imports: halls by rank, their rooms, and which hall takes from which. Lines that
 * follow from others are left out. `node scripts/house-picture.ts` writes it; a test compares it.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { importsOf, ranks } from '../test/tidy/rules.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const width = 1120
const margin = 24
const gap = 16
const lineHeight = 17
/** Height of the gap between two ranks. */
const between = 46

interface Hall {
  readonly name: string
  readonly rooms: readonly string[]
  readonly takesFrom: ReadonlySet<string>
}

interface Card extends Hall {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The halls of `src/` as the files tell them. */
function readHalls(): ReadonlyMap<string, Hall> {
  const paths = globSync('src/**/*.ts', { cwd: root }).sort()
  const halls = new Map<string, Hall & { readonly rooms: string[]; readonly takesFrom: Set<string> }>()
  for (const path of paths) {
    const [, name = '', ...below] = path.split('/')
    const hall = halls.get(name) ?? { name, rooms: [], takesFrom: new Set<string>() }
    halls.set(name, hall)
    const room = below.slice(0, -1)[0]
    if (room !== undefined && !hall.rooms.includes(room)) hall.rooms.push(room)
    for (const specifier of importsOf(path, readFileSync(`${root}${path}`, 'utf8'))) {
      if (!specifier.startsWith('.')) continue
      const other = posix.join(posix.dirname(path), specifier).split('/')
      if (other[0] === 'src' && other[1] !== undefined && other[1] !== name) hall.takesFrom.add(other[1])
    }
  }
  return halls
}

/** What a hall takes from directly, without what it would reach through another. */
function ownLines(halls: ReadonlyMap<string, Hall>, { takesFrom }: Hall): readonly string[] {
  const reaches = (from: string, to: string): boolean =>
    [...(halls.get(from)?.takesFrom ?? [])].some((next) => next === to || reaches(next, to))
  return [...takesFrom].filter((to) => ![...takesFrom].some((other) => other !== to && reaches(other, to)))
}

/** Rooms in lines of about the card's width. */
function linesOf({ rooms }: Hall, cardWidth: number): readonly string[] {
  const most = Math.floor((cardWidth - 20) / 6.7)
  const lines: string[] = []
  for (const room of rooms) {
    const last = lines.at(-1)
    if (last === undefined || last.length + room.length + 3 > most) lines.push(room)
    else lines[lines.length - 1] = `${last} · ${room}`
  }
  return lines
}

/** Cards from the composition roots on top down to what knows nothing of the rest. */
function layOut(halls: ReadonlyMap<string, Hall>): {
  readonly cards: readonly Card[]
  readonly height: number
} {
  const cards: Card[] = []
  let y = 62
  for (const names of ranks.toReversed()) {
    const known = names.flatMap((name) => halls.get(name) ?? [])
    const cardWidth = Math.min(230, (width - 2 * margin - gap * (known.length - 1)) / known.length)
    const height = 38 + lineHeight * Math.max(0, ...known.map((hall) => linesOf(hall, cardWidth).length))
    const start = (width - known.length * cardWidth - gap * (known.length - 1)) / 2
    for (const [index, hall] of known.entries())
      cards.push({ ...hall, x: start + index * (cardWidth + gap), y, width: cardWidth, height })
    y += height + between
  }
  return { cards, height: y - 20 }
}

const round = (value: number) => Math.round(value * 10) / 10

/** The nearest way down past the cards between two heights that no other line takes yet. */
function freeWay(
  cards: readonly Card[],
  wanted: number,
  from: number,
  to: number,
  taken: Set<number>,
): number {
  const isFree = (x: number) =>
    x > 8 &&
    x < width - 8 &&
    ![...taken].some((other) => Math.abs(other - x) < 9) &&
    !cards.some((card) => card.y > from && card.y < to && x > card.x - 9 && x < card.x + card.width + 9)
  for (let away = 0; away < width; away += 3) {
    const found = [wanted + away, wanted - away].find(isFree)
    if (found !== undefined) return found
  }
  return wanted
}

/** Bends only in the gaps between ranks; past a rank it runs straight down beside the cards. */
function drawLine(cards: readonly Card[], from: Card, to: Card, share: number, taken: Set<number>): string {
  const startX = round(from.x + from.width * share)
  const startY = from.y + from.height
  const endX = round(to.x + to.width / 2)
  const isNext = to.y - startY <= between
  const way = isNext ? startX : round(freeWay(cards, startX, startY, to.y, taken))
  if (!isNext) taken.add(way)
  const half = between / 2
  const past = isNext
    ? ''
    : `C${startX} ${startY + half} ${way} ${startY + half} ${way} ${startY + between}V${to.y - between}`
  return `<path d="M${startX} ${startY}${past}C${way} ${to.y - half} ${endX} ${to.y - half} ${endX} ${to.y - 3}" class="line" marker-end="url(#tip)"/>`
}

function drawCard(card: Card, pure: boolean): string {
  const x = round(card.x)
  const texts = linesOf(card, card.width).map(
    (line, index) =>
      `<text x="${x + 12}" y="${card.y + 41 + index * lineHeight}" class="room">${line}</text>`,
  )
  const heart = card.name === 'rollout' ? ' heart' : ''
  return `<rect x="${x}" y="${card.y}" width="${round(card.width)}" height="${card.height}" rx="7" class="hall${pure ? ' pure' : ''}${heart}"/><text x="${x + 12}" y="${card.y + 22}" class="name">${card.name}</text>${texts.join('')}`
}

const style = `
svg{background:#fff}text{font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2937}
.title{font-size:18px;font-weight:600}.note{font-size:13px;fill:#6b7280}.name{font-size:15px;font-weight:600}.room{font-size:12.5px;fill:#4b5563}
.hall{fill:#eef2f7;stroke:#94a3b8}.pure{fill:#ecfdf5;stroke:#34a37a}.heart{fill:#d1fae5;stroke:#047857;stroke-width:2}
.line{fill:none;stroke:#64748b;stroke-opacity:.55;stroke-width:1.2}.tip{fill:#64748b}`

/** The picture as SVG text, the same for the same imports. */
export function housePicture(): string {
  const halls = readHalls()
  const { cards, height } = layOut(halls)
  const byName = new Map(cards.map((card) => [card.name, card]))
  const pure = new Set(ranks.slice(0, 5).flat())
  const taken = new Set<number>()
  const lines = cards.flatMap((card) => {
    const targets = ownLines(halls, card)
      .flatMap((name) => byName.get(name) ?? [])
      .sort((a, b) => a.x - b.x)
    return targets.map((to, index) => drawLine(cards, card, to, (index + 1) / (targets.length + 1), taken))
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="The folders of src and what each takes from">
<style>${style}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" class="tip"/></marker></defs>
<text x="${margin}" y="30" class="title">The house: a hall a folder of src, its rooms inside</text>
<text x="${margin}" y="49" class="note">A line goes to what is taken from; what follows from other lines is left out. Green is pure: no clock, no randomness, no waiting.</text>
${lines.join('\n')}
${cards.map((card) => drawCard(card, pure.has(card.name))).join('\n')}
</svg>
`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(`${root}docs/house.svg`, housePicture())
