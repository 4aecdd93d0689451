/** A node of a JavaScript tree, whatever it is. */
export interface AnyNode {
  readonly type: string
  readonly [key: string]: unknown
}

export const isNode = (value: unknown): value is AnyNode =>
  typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'

/** Puts the nodes right below one behind what waits. */
export function pushChildren(node: AnyNode, waiting: AnyNode[]): void {
  for (const key in node) {
    const value = node[key]
    if (typeof value !== 'object' || value === null) continue
    if (Array.isArray(value)) {
      for (const child of value) if (isNode(child)) waiting.push(child)
    } else if (isNode(value)) waiting.push(value)
  }
}
