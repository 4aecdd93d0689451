/** One parameter of a function as a caller meets it. */
export interface Parameter {
  readonly name: string
  readonly kind: 'positional-only' | 'plain' | 'rest' | 'keyword-only' | 'keyword-rest'
  readonly required: boolean
}
