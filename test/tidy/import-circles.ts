/** Circles among imports, types included: files that can only be understood all at once. */

/** The files that a file imports, by its path. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

/** One complaint for each group of files that reach each other, with one way around it (Tarjan's algorithm). */
export function circleComplaints(graph: ImportGraph): string[] {
  return circlesOf(graph).map((files) => {
    const way = wayAround(graph, new Set(files))
    return `${way.join(' -> ')}: a circle of imports (${files.length} files); move what both need into a file of its own`
  })
}

function circlesOf(graph: ImportGraph): readonly (readonly string[])[] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const open: string[] = []
  const circles: string[][] = []
  const visit = (file: string): number => {
    const own = order.size
    order.set(file, own)
    let low = own
    open.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!order.has(next)) low = Math.min(low, visit(next))
      else if (open.includes(next)) low = Math.min(low, lowest.get(next) ?? order.get(next) ?? low)
    }
    lowest.set(file, low)
    if (low !== own) return low
    const group = open.splice(open.indexOf(file))
    if (group.length > 1 || graph.get(file)?.includes(file)) circles.push(group.sort())
    return low
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return circles
}

/** From the first file of a group back to it, inside the group, by the fewest steps. */
function wayAround(graph: ImportGraph, group: ReadonlySet<string>): readonly string[] {
  const [start] = group
  if (start === undefined) return []
  let ways: readonly (readonly string[])[] = [[start]]
  const seen = new Set<string>()
  while (ways.length > 0) {
    const longer: string[][] = []
    for (const way of ways) {
      for (const next of graph.get(way.at(-1) ?? start) ?? []) {
        if (next === start) return [...way, start]
        if (!group.has(next) || seen.has(next)) continue
        seen.add(next)
        longer.push([...way, next])
      }
    }
    ways = longer
  }
  return [...group]
}
