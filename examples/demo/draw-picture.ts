import type { Course } from './follow-rollout.ts'

const size = { width: 760, height: 300, left: 56, right: 150, top: 36, bottom: 44 }
const colours = ['#2f6f9f', '#b5482f', '#5f8f4e', '#8a6bb0']

/** Percent over time as a step line per release; readable on light and dark pages. */
export function drawPicture(courses: readonly Course[]): string {
  const all = courses.flatMap((course) => course.points)
  const from = Math.min(...all.map((point) => point.at))
  const seconds = Math.max(10, (Math.max(...all.map((point) => point.at)) - from) / 1000)
  const x = (at: number): number =>
    size.left + (((at - from) / 1000) * (size.width - size.left - size.right)) / seconds
  const y = (percent: number): number =>
    size.height - size.bottom - (percent * (size.height - size.top - size.bottom)) / 100
  const grid = [0, 25, 50, 75, 100].map(
    (percent) =>
      `<line x1="${size.left}" x2="${size.width - size.right}" y1="${y(percent)}" y2="${y(percent)}" stroke="#8886"/>` +
      `<text x="${size.left - 8}" y="${y(percent) + 4}" text-anchor="end">${percent} %</text>`,
  )
  const every = seconds > 90 ? 30 : 10
  const ticks = Array.from({ length: Math.floor(seconds / every) + 1 }, (_, index) => index * every).map(
    (second) =>
      `<text x="${x(from + second * 1000).toFixed(1)}" y="${size.height - size.bottom + 20}" text-anchor="middle">${second} s</text>`,
  )
  const lines = courses.map((course, index) =>
    stepLine(course, colours[index % colours.length] ?? '#888', x, y, index),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12" fill="#888">`,
    '<title>Share of unpinned users that see each release, over time</title>',
    `<text x="${size.left}" y="20" font-size="14">Share of unpinned users that see each release</text>`,
    ...grid,
    ...ticks,
    ...lines,
    '</svg>\n',
  ].join('\n')
}

function stepLine(
  course: Course,
  colour: string,
  x: (at: number) => number,
  y: (percent: number) => number,
  index: number,
): string {
  const [first, ...rest] = course.points
  if (!first) return ''
  // Lines of one percent would hide each other; a pixel or two apart they can be told from each other.
  const lift = (percent: number): number => y(percent) - index * 2
  const path = rest.reduce(
    (drawn, point) => `${drawn} H${x(point.at).toFixed(1)} V${lift(point.percent).toFixed(1)}`,
    `M${x(first.at).toFixed(1)} ${lift(first.percent).toFixed(1)}`,
  )
  const last = course.points.at(-1) ?? first
  const [endX, endY] = [x(last.at), lift(last.percent)]
  const row = size.top + 10 + index * 38
  const left = size.width - size.right + 14
  return (
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.5"/>` +
    endMark(course.phase, endX, endY, colour) +
    `<text x="${left}" y="${row}" fill="${colour}">${course.release.replace(':', ' ').replace('@', ' ')}</text>` +
    `<text x="${left}" y="${row + 15}" fill="${colour}">${course.phase === 'rolled-back' ? '× rolled back' : `● ${course.phase}`}</text>`
  )
}

/** A dot for a good end, a cross for a release that was taken back. */
function endMark(phase: string, x: number, y: number, colour: string): string {
  if (phase !== 'rolled-back')
    return `<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4" fill="${colour}"/>`
  const arm = 6
  const [l, r, t, b] = [x - arm, x + arm, y - arm, y + arm].map((value) => value.toFixed(1))
  return `<path d="M${l} ${t} L${r} ${b} M${l} ${b} L${r} ${t}" stroke="${colour}" stroke-width="3"/>`
}
