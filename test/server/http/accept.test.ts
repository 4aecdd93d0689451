import { describe, expect, it } from 'vitest'
import { acceptsGzip } from '../../../src/server/http/accept.ts'
import { chooseSimpleType } from '../../../src/server/pypi/simple-type.ts'

const json = 'application/vnd.pypi.simple.v1+json'
const html = 'application/vnd.pypi.simple.v1+html'

describe('the type of a project page', () => {
  it.each([
    [undefined, 'text/html'],
    ['*/*', 'text/html'],
    [json, json],
    [`${json}, ${html}; q=0.1, text/html; q=0.01`, json],
    [`text/html, ${json};q=0.5`, 'text/html'],
    [`text/html;q=0.2, ${html};q=0.3`, html],
    ['application/vnd.pypi.simple.latest+json', json],
    ['text/*', 'text/html'],
    ['application/*', html],
    [`*/*;q=0.1, ${json};q=0`, 'text/html'],
    ['TEXT/HTML', 'text/html'],
    ['application/xml', null],
    ['', 'text/html'],
  ])('Accept: %s', (accept, type) => {
    expect(chooseSimpleType(accept)).toBe(type)
  })
})

describe('gzip', () => {
  it.each([
    ['gzip, deflate, br', true],
    ['br;q=1.0, GZIP;q=0.5', true],
    ['*', true],
    ['x-gzip', true],
    ['', false],
    ['identity', false],
    ['gzip;q=0', false],
    ['*, gzip;q=0', false],
    ['br', false],
  ])('Accept-Encoding: %s', (header, takes) => {
    expect(acceptsGzip(header)).toBe(takes)
  })
})
