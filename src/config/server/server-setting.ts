import { z } from 'zod'
import { parseDay } from '../../gates/kinds/calendar-day.ts'
import { parsed, refused } from '../reading/setting.ts'

/** An address without query, fragment or credentials; the trailing slash is dropped. */
export const webAddress = () =>
  parsed<string>(
    (value) => {
      const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : null
      const plain = url !== null && url.search === '' && url.hash === '' && url.username === ''
      if (!plain || !/^https?:$/.test(url.protocol)) {
        return refused(value, 'an http or https address without query, such as https://packages.example.org')
      }
      return { ok: true, value: url.href.replace(/\/$/, '') }
    },
    { type: 'string', format: 'uri' },
  )

/** One address, or a network in CIDR form. */
export const network = () =>
  parsed<string>(
    (value) => {
      const known = z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]).safeParse(value)
      return known.success
        ? { ok: true, value: known.data }
        : refused(value, 'an address or network such as 10.0.0.1, 10.0.0.0/8 or fd00::/8')
    },
    { type: 'string' },
  )

/** A package name with `*` for any text, with or without its ecosystem in front. */
export const namePattern = /^((pypi|npm):)?[A-Za-z0-9@*][A-Za-z0-9@*._~/-]{0,213}$/

const dayMs = 24 * 60 * 60_000

/** The end of a day in UTC, integer ms: what holds until a day holds on it. */
export const day = () =>
  parsed<number>(
    (value) => {
      const number = typeof value === 'string' ? parseDay(value) : null
      return number === null
        ? refused(value, 'a day such as 2027-01-31, which is included')
        : { ok: true, value: (number + 1) * dayMs }
    },
    { type: 'string', format: 'date' },
  )
