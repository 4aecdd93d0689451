import { getInput } from '@actions/core'
import { failFor, httpUrl } from './action-input.ts'

/** Where packages are published, from `npm-registry` and `pypi-index`; no slash at the end. */
export function registryUrls(): { readonly npm: string; readonly pypi: string } {
  return {
    npm: urlInput('npm-registry', 'https://registry.npmjs.org'),
    pypi: urlInput('pypi-index', 'https://pypi.org/simple'),
  }
}

function urlInput(name: string, otherwise: string): string {
  const read = httpUrl(name, getInput(name) || otherwise)
  if (!read.ok) throw failFor(read.problem)
  return read.value.replace(/\/+$/, '')
}
