import type { MiddlewareHandler } from 'hono'
import type { Env } from '../server-parts.ts'

/** The path below which a server is published: `/slipway` of `https://example.org/slipway`; empty for the root of a host. */
export function prefixOf(publicUrl: string): string {
  return new URL(publicUrl).pathname.replace(/\/$/, '')
}

/** A page whose links are made for the root of a host, with those that it needs below a prefix. */
export function belowPrefix(page: string, prefix: string): string {
  return prefix === '' ? page : page.replace(/ (href|src|action)="\/(?!\/)/g, ` $1="${prefix}/`)
}

/** The same for every page of a server, and for where its forms lead. */
export function linksBelow(publicUrl: string): MiddlewareHandler<Env> {
  const prefix = prefixOf(publicUrl)
  return async (c, next) => {
    await next()
    const { headers } = c.res
    const location = headers.get('location')
    if (prefix === '' || /^\/(?:pypi|npm)\//.test(c.env.path.rest)) return
    if (location?.startsWith('/') && !location.startsWith('//')) headers.set('location', prefix + location)
    if (!headers.get('content-type')?.startsWith('text/html')) return
    c.res = new Response(belowPrefix(await c.res.text(), prefix), c.res)
  }
}
