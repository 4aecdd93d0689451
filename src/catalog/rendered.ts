/** A document ready to be sent. The server adds the ETag, which it computes from the bytes. */
export interface Rendered {
  readonly contentType: string
  readonly body: string
  /** The body of a long document before it is joined: joining megabytes takes longer than rendering them. */
  readonly pieces?: readonly string[]
}

/** A document whose body is joined only for who asks for it. */
export function renderPieces(pieces: readonly string[], contentType: string): Rendered {
  return {
    contentType,
    pieces,
    get body() {
      return pieces.join('')
    },
  }
}

export function renderJson(document: unknown, contentType = 'application/json'): Rendered {
  return { contentType, body: JSON.stringify(document) }
}
