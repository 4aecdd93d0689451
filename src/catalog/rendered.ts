/** A document ready to be sent. The server adds the ETag, which it computes from the bytes. */
export interface Rendered {
  readonly contentType: string
  readonly body: string
}

export function renderJson(document: unknown, contentType = 'application/json'): Rendered {
  return { contentType, body: JSON.stringify(document) }
}
