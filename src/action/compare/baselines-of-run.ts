import { getInput } from '@actions/core'
import { createNpmRegistry } from '../../registries/npm/npm-registry.ts'
import { createPypiRegistry } from '../../registries/pypi/pypi-registry.ts'
import { serverInput } from '../action-input.ts'
import { registryUrls } from '../registry-urls.ts'
import type { Baselines } from './compare-built.ts'

/** The server's own index where the step names one, else the registries. */
export function baselinesOfRun(): Baselines {
  const server = getInput('server') === '' ? null : serverInput()
  const addresses = server === null ? registryUrls() : { npm: `${server}/npm`, pypi: `${server}/pypi/simple` }
  return {
    addresses,
    registries: [
      createNpmRegistry({ url: addresses.npm, token: null }),
      createPypiRegistry({ url: addresses.pypi, token: null }),
    ],
  }
}
