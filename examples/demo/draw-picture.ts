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
  const path = rest.reduce(
    (drawn, point) => `${drawn} H${x(point.at).toFixed(1)} V${y(point.percent).toFixed(1)}`,
    `M${x(first.at).toFixed(1)} ${y(first.percent).toFixed(1)}`,
  )
  const last = course.points.at(-1) ?? first
  const label = `${course.release.replace(':', ' ').replace('@', ' ')}`
  const row = size.top + 10 + index * 34
  const left = size.width - size.right + 14
  return (
    `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2.5"/>` +
    `<circle cx="${x(last.at).toFixed(1)}" cy="${y(last.percent).toFixed(1)}" r="4" fill="${colour}"/>` +
    `<text x="${left}" y="${row}" fill="${colour}">${label}</text>` +
    `<text x="${left}" y="${row + 14}" fill="${colour}">${course.phase}</text>`
  )
}
