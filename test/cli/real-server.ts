/** A Slipway server in a process of its own, with a token for the packages of a test. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { emptyFolder } from '../action/package-files.ts'
import { compiledPrograms } from './compiled-programs.ts'
import { type CliRun, spawnCli } from './spawn-cli.ts'

const entry = fileURLToPath(new URL('../../src/main/cli.ts', import.meta.url))

export interface RealServer {
  readonly url: string
  readonly folder: string
  readonly admin: string
  /** Runs a command of the command line in the folder. */
  cli(token: string, ...args: string[]): Promise<CliRun>
  /** Makes a token that may publish and operate these packages. */
  token(packages: string): Promise<string>
  /** Ends the server; gives its exit code. */
  stop(): Promise<number | null>
}

export async function realServer(): Promise<RealServer> {
  const folder = await emptyFolder()
  const admin = 'admin-token-of-this-test'
  const child = spawn(process.execPath, [entry, 'serve', '--port', '0', '--data', `${folder}/data`], {
    env: { PATH: process.env.PATH, ...compiledPrograms, SLIPWAY_ADMIN_TOKEN: admin },
    cwd: folder,
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stderr.resume()
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
      const match = /listening on (http:\S+)/.exec(text)
      if (match?.[1] !== undefined) resolve(match[1])
    })
    child.on('close', () => reject(new Error(`the server ended: ${text}`)))
  })
  const cli: RealServer['cli'] = (token, ...args) =>
    spawnCli(args, { SLIPWAY_SERVER: url, SLIPWAY_TOKEN: token }, folder)
  return {
    url,
    folder,
    admin,
    cli,
    async token(packages) {
      const made = await cli(admin, 'token', 'create', '--scopes', 'publish,operate', '--packages', packages)
      return made.out.trim()
    },
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}
