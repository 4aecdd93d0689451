import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { readArchive } from '../../src/archives/read-archive.ts'
import { sayProblem } from '../../src/versions/problem.ts'
import { scratchFolder } from '../server/scratch-folder.ts'
import { oddTar, oddZip, tarball, type ZipPart } from './odd-archives.ts'

const all = { wanted: () => true }

/** What an archive says: its files' texts, or the problem as a sentence. */
async function said(source: Uint8Array | string, request: Parameters<typeof readArchive>[1] = all) {
  const read = await readArchive(source, request)
  if (!read.ok) return sayProblem(read.problem)
  const files = [...read.value.files].map(([path, bytes]) => [path, Buffer.from(bytes).toString()])
  const unread = [...read.value.unread.values()].map(sayProblem)
  return { ...Object.fromEntries(files), ...(unread.length > 0 && { unread }) }
}

describe('an archive', () => {
  const parts = [
    { path: 'package/package.json', text: '{"name":"a"}' },
    { path: 'package/lib', type: 'Directory' as const },
    { path: 'package/link', type: 'SymbolicLink' as const, linkpath: '/etc/passwd' },
  ]

  it('is listed, and only what is wanted is kept', async () => {
    const read = await readArchive(tarball(parts), { wanted: (path) => path.endsWith('.json') })
    expect(read).toMatchObject({
      ok: true,
      value: {
        format: 'tar.gz',
        entries: [
          { path: 'package/package.json', kind: 'file', size: 12 },
          { path: 'package/lib', kind: 'folder' },
          { path: 'package/link', kind: 'link', size: 0 },
        ],
      },
    })
    expect(read.ok && [...read.value.files.keys()]).toEqual(['package/package.json'])
  })

  it('is read from a path as from memory', async () => {
    const folder = await scratchFolder()
    const zip = zipSync({ 'a.py': Buffer.from('A = 1'), 'b/c.py': [Buffer.from('B'), { level: 0 }] })
    for (const [name, bytes] of Object.entries({ 'a.whl': zip, 'a.tgz': tarball(parts) })) {
      await writeFile(join(folder, name), bytes)
      expect(await said(join(folder, name))).toEqual(await said(bytes))
    }
    expect(await said(zip)).toEqual({ 'a.py': 'A = 1', 'b/c.py': 'B' })
  })

  it('whose link is wanted has no bytes there, wherever it points', async () => {
    expect(await said(tarball(parts), { wanted: (path) => path.endsWith('link') })).toEqual({
      unread: ['"package/link": got a link, expected a file'],
    })
    expect(await said(oddZip([{ name: 'a', text: '/etc/passwd', mode: 0o120777 }]))).toEqual({
      unread: ['"a": got a link, expected a file'],
    })
  })
})

describe('a zip that readers would see differently is refused', () => {
  const a = { name: 'a', text: 'a' }
  it.each<[string, Buffer, string]>([
    ['LZMA', oddZip([{ ...a, method: 14 }]), 'got an entry compressed with LZMA, expected entries that are'],
    ['bzip2', oddZip([a, { name: 'b', method: 12 }]), 'got an entry compressed with bzip2'],
    ['some other method', oddZip([{ ...a, method: 77 }]), 'got an entry compressed with method 77'],
    ['encryption', oddZip([{ ...a, flags: 1 }]), 'got an encrypted entry'],
    ['a program in front', oddZip([a], { before: Buffer.from('#!/bin/sh\n') }), 'got something else'],
    ['a second zip in front', oddZip([a], { before: Buffer.from('PK\x03\x04 ') }), 'bytes that belong to no'],
    ['bytes behind', Buffer.concat([oddZip([a]), Buffer.from('x')]), 'got a damaged archive'],
    ['two of one name', oddZip([a, a]), 'got two entries named "a"'],
    ['two names of one', oddZip([{ ...a, localName: 'b' }]), 'got another name for "a" beside its bytes'],
    ['a hidden entry', oddZip([{ ...a, after: oddZip([{ name: 'b' }]) }, a]), 'got two entries named'],
    ['a gap', oddZip([{ ...a, after: Buffer.alloc(40) }, { name: 'b' }]), 'bytes that belong to no entry'],
    ['a gap at the end', oddZip([{ ...a, after: Buffer.alloc(40) }]), 'bytes between the entries and'],
    ['an upward path', oddZip([{ name: 'x/../../a' }]), 'got the path "x/../../a"'],
    ['an absolute path', oddZip([{ name: '/etc/a' }]), 'got the path "/etc/a"'],
    ['a drive', oddZip([{ name: 'C:/a' }]), 'got the path "C:/a"'],
    ['backslashes', oddZip([{ name: 'a\\b' }]), 'got the path'],
    ['a path of many lines', oddZip([{ name: 'a\nb' }]), 'got the path'],
    ['a path that is no UTF-8', oddZip([{ name: 'a\nb', flags: 0x800 }]), 'got the path'],
    ['an endless path', oddZip([{ name: 'a'.repeat(2000) }]), 'got a path of 2000 characters'],
    [
      'a second spelling',
      oddZip([{ ...a, extra: Buffer.from([0x75, 0x70, 1, 0, 1]) }]),
      'got an entry with a second name',
    ],
  ])('%s', async (_, bytes, sentence) => {
    expect(await said(bytes)).toContain(sentence)
  })

  it('and one damaged file is named, the others are read', async () => {
    const parts: ZipPart[] = [
      { name: 'a', text: 'a', crc: 1 },
      { name: 'b', text: 'bbb', declaredSize: 2 },
      { name: 'c', text: 'c' },
    ]
    expect(await said(oddZip(parts))).toMatchObject({
      c: 'c',
      unread: [
        expect.stringContaining('"a": got damaged bytes'),
        expect.stringContaining('"b": got damaged'),
      ],
    })
  })
})

describe('other bytes are refused by name', () => {
  it.each<[string, Uint8Array, string]>([
    ['none', Buffer.alloc(0), 'got no bytes, expected a zip or a gzipped tar'],
    ['bzip2', Buffer.from('BZh91AY&SY'), 'got a bzip2 archive'],
    ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0]), 'got an xz archive'],
    ['a plain tar', oddTar([{ path: 'a' }]), 'got a tar that is not packed'],
    ['a page', Buffer.from('<!doctype html>'), 'got something else'],
    ['gzip of text', gzipSync('hello'), 'got a damaged tar'],
    ['gzip of nothing', gzipSync(''), 'got an empty file inside gzip'],
    ['a cut gzip', tarball([{ path: 'a', text: 'x'.repeat(9000) }]).subarray(0, 60), 'got a damaged archive'],
    [
      'a cut tar',
      gzipSync(oddTar([{ path: 'a', text: 'x'.repeat(9000) }]).subarray(0, 5000)),
      'a damaged tar',
    ],
    ['gzip in gzip', gzipSync(tarball([{ path: 'a' }])), 'got an archive packed twice'],
    ['an upward path', tarball([{ path: 'a/../../b' }]), 'got the path "a/../../b"'],
  ])('%s', async (_, bytes, sentence) => {
    expect(await said(bytes)).toContain(sentence)
  })

  it('a tarball where a zip belongs', async () => {
    expect(await said(tarball([{ path: 'a' }]), { formats: ['zip'] })).toBe(
      'archive: got a gzipped tar, expected a zip',
    )
  })

  it('a file that stands in a tar twice has no bytes: extractors take the last, readers the first', async () => {
    const twice = tarball([
      { path: 'package/package.json', text: '1' },
      { path: './package/package.json', text: '2' },
    ])
    expect(await said(twice)).toEqual({
      unread: ['"package/package.json": got two entries of this path, expected one'],
    })
  })
})

describe('what an archive may cost', () => {
  const many = (count: number) => Array.from({ length: count }, (_, number) => ({ path: `f${number}` }))
  it.each<[string, Uint8Array, object, string]>([
    ['entries', tarball(many(11)), { entries: 10 }, 'got more than 10 entries, expected at most 10 entries'],
    [
      'bytes',
      tarball([{ path: 'a', text: 'x'.repeat(9000) }]),
      { unpackedBytes: 8000 },
      'got more than 8000 bytes when unpacked',
    ],
    [
      'a bomb of gzip',
      gzipSync(Buffer.alloc(80 * 1024 * 1024)),
      {},
      'got more than 50 unpacked bytes for each packed one',
    ],
    [
      'a bomb of zip',
      oddZip([{ name: 'a', declaredSize: 0xfffffff0 }]),
      {},
      'got more than 50 unpacked bytes for each packed one',
    ],
  ])('is bounded: %s', async (_, bytes, limits, sentence) => {
    expect(await said(bytes, { ...all, limits })).toContain(sentence)
  })

  it('is bounded for what is kept: large files stay unread', async () => {
    const parts = [
      { name: 'a', text: 'x'.repeat(90) },
      { name: 'b', text: 'x' },
      { name: 'c', text: 'x'.repeat(20) },
    ]
    expect(await said(oddZip(parts), { ...all, limits: { fileBytes: 50, keptBytes: 20 } })).toEqual({
      b: 'x',
      unread: [
        '"a": got 90 bytes, expected at most 50 bytes',
        '"c": got 21 bytes of files that are read, expected at most 20',
      ],
    })
  })
})

describe('mutated archives', () => {
  const whole = [
    zipSync({ 'a.dist-info/METADATA': Buffer.from('Name: a\n'.repeat(50)), 'a.py': Buffer.from('A = 1\n') }),
    oddZip(
      [
        { name: 'a', text: 'aaa' },
        { name: 'b/', text: '' },
      ],
      { comment: Buffer.from('made by hand') },
    ),
    tarball([
      { path: 'package/package.json', text: '{}' },
      { path: 'x'.repeat(90), text: 'y'.repeat(600) },
    ]),
    gzipSync(oddTar([{ path: 'a', text: 'a' }])),
  ]
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), kind: fc.constantFrom('set', 'cut', 'double') })
  const mutated = fc
    .tuple(fc.constantFrom(...whole), fc.array(change, { minLength: 1, maxLength: 8 }))
    .map(([bytes, changes]) =>
      changes.reduce((now, { at, byte, kind }) => {
        const place = now.length === 0 ? 0 : at % now.length
        if (kind === 'cut') return now.subarray(0, place)
        if (kind === 'double') return Buffer.concat([now, now.subarray(place)])
        const copy = Buffer.from(now)
        copy[place] = byte
        return copy
      }, Buffer.from(bytes)),
    )

  it('give an archive or a named problem, never an exception', async () => {
    const numRuns = Number(process.env.FUZZ_RUNS ?? 2000)
    await fc.assert(
      fc.asyncProperty(mutated, async (bytes) => {
        const read = await readArchive(bytes, all)
        if (!read.ok) expect(read.problem.field).not.toBe('')
      }),
      { numRuns },
    )
  })
})
