/** The files that people deploy with, checked by the programs that read them. */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../../', import.meta.url))
const text = (path: string) => readFileSync(root + path, 'utf8')

/** Null, and said, where the program is not here. */
function ran(program: string, ...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: root, encoding: 'utf8' })
  if (error !== undefined) {
    console.log(`left out: ${program} is not here (scripts/install-tools.sh)`)
    return null
  }
  return { status, said: stdout + stderr }
}

describe('the image', () => {
  it('has a Dockerfile that hadolint finds nothing in', (context) => {
    const checked = ran('hadolint', 'Dockerfile')
    if (checked === null) return context.skip()
    expect(checked).toEqual({ status: 0, said: '' })
  })

  it('is nobody’s user, with a health check and one folder to write to', () => {
    const file = text('Dockerfile')
    expect(file).toMatch(/^USER 10001:10001$/m)
    expect(file).toMatch(/^HEALTHCHECK /m)
    expect(file.match(/^VOLUME .*$/gm)).toEqual(['VOLUME /data'])
    expect(file.indexOf('USER 10001')).toBeGreaterThan(file.lastIndexOf('RUN '))
  })
})

describe('compose.yml', () => {
  const { services, volumes } = parse(text('compose.yml'))

  it('keeps every service small: no root to write to, no capability, no new privilege', () => {
    for (const service of Object.values<Record<string, unknown>>(services)) {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      })
    }
  })

  it('listens to this machine only, and does not start without an operator’s token', () => {
    expect(services.slipway.ports).toEqual(['127.0.0.1:8080:8080'])
    expect(services.slipway.environment.SLIPWAY_ADMIN_TOKEN).toMatch(/^\$\{SLIPWAY_ADMIN_TOKEN:\?/)
    expect(services.slipway.volumes).toEqual(['slipway:/data'])
    expect(Object.keys(volumes)).toEqual(['slipway'])
  })
})

describe('the unit', () => {
  it('is understood by systemd', (context) => {
    const verified = ran('systemd-analyze', 'verify', 'deploy/slipway.service')
    if (verified === null) return context.skip()
    // What systemd does not know it only prints; that the program lies elsewhere here is no mistake of the file.
    const lines = verified.said
      .split('\n')
      .filter((line) => line !== '' && !line.includes('is not executable'))
    expect(lines).toEqual([])
  })

  it('exposes little', (context) => {
    const rated = ran('systemd-analyze', 'security', '--offline=true', 'deploy/slipway.service')
    if (rated === null) return context.skip()
    const [, exposure] = /Overall exposure level for slipway\.service: ([\d.]+)/.exec(rated.said) ?? []
    expect(Number(exposure)).toBeLessThan(2)
  })
})

it('names only settings that the server reads', () => {
  const read = ['src/main/settings.ts', 'src/main/serve.ts'].map(text).join('\n')
  for (const file of ['Dockerfile', 'compose.yml', 'deploy/slipway.service']) {
    for (const [name] of text(file).matchAll(/\bSLIPWAY_[A-Z_]+\b/g)) {
      expect(`${file}: ${read.includes(`'${name}'`) || read.includes(`.${name}`) ? name : 'unknown'}`).toBe(
        `${file}: ${name}`,
      )
    }
  }
})

describe('the project’s own workflows', () => {
  it('have nothing that zizmor warns of', (context) => {
    const checked = ran(
      'zizmor',
      '--offline',
      '--no-progress',
      '--color=never',
      '--min-severity=medium',
      '.github/workflows',
    )
    if (checked === null) return context.skip()
    expect(checked.said).toContain('No findings to report')
    expect(checked.status).toBe(0)
  })
})
