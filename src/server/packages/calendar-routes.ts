import { hash } from 'node:crypto'
import type { Hono } from 'hono'
import { calendarDateExpected, parseCalendarDate } from '../../calendar/calendar-date.ts'
import { calendarIcs } from '../../calendar/calendar-ics.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { noPackage } from '../api/ask-package.ts'
import { tagMatches } from '../http/entity-tag.ts'
import { problemResponse } from '../http/problem.ts'
import type { RegistryParts } from '../registry-parts.ts'
import type { Ctx, Env } from '../server-parts.ts'
import { packageOf, packagePattern } from './named-package.ts'
import { calendarAnswer, packageCalendar } from './package-calendar.ts'

/** When releases of a package came and come: for programs, and as a feed that calendars subscribe to. */
export function addCalendarRoutes(api: Hono<Env>, { parts }: RegistryParts<RolloutReader>): void {
  api.get(`/packages/${packagePattern}/calendar`, async (c) => {
    const found = await calendarOf(c, parts)
    if (found instanceof Response) return found
    return c.json(calendarAnswer(found.record, found.calendar), 200, { 'cache-control': 'no-cache' })
  })
  api.get(`/packages/${packagePattern}/calendar.ics`, async (c) => {
    const found = await calendarOf(c, parts)
    if (found instanceof Response) return found
    const text = calendarIcs(found.record.id, found.calendar.releases, found.calendar.lives)
    const etag = `"${hash('sha256', text, 'base64url').slice(0, 22)}"`
    const headers = { etag, 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' }
    if (tagMatches(c.req.header('if-none-match'), etag)) return new Response(null, { status: 304, headers })
    return new Response(text, { headers: { ...headers, 'content-type': 'text/calendar; charset=utf-8' } })
  })
}

async function calendarOf(c: Ctx, parts: RegistryParts<RolloutReader>['parts']) {
  const named = packageOf(c)
  if (!named.ok) return problemResponse(named.problem)
  const span: Record<string, NonNullable<ReturnType<typeof parseCalendarDate>>> = {}
  for (const field of ['from', 'until']) {
    const value = c.req.query(field)
    if (value === undefined) continue
    const date = parseCalendarDate(value)
    const expected = calendarDateExpected
    const detail = `${field}: got ${JSON.stringify(value.slice(0, 40))}, expected ${expected}.`
    if (date === null) return problemResponse({ status: 400, detail, field, expected })
    span[field] = date
  }
  const record = await parts.packages.get(named.id)
  if (record === null) return problemResponse(noPackage(named.id))
  const calendar = await packageCalendar(parts, record, span)
  if (calendar !== null) return { record, calendar }
  const detail = `${named.id} has no calendar: the file of the repository that owns it has no series for it.`
  return problemResponse({ status: 404, detail })
}
