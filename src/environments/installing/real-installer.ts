import { done, type Outcome } from '../outcome.ts'
import type { Installer, InstallTools } from './installer.ts'
import { installNode, nodeInterpreter } from './npm-installer.ts'
import { installPython, pythonInterpreter, resolveTogether } from './python-installer.ts'

/** pip and npm themselves. */
export function realInstaller(tools: InstallTools): Installer {
  const interpreters = new Map<string, Promise<Outcome<string>>>()
  const ask = async (ecosystem: 'pypi' | 'npm'): Promise<Outcome<string>> => {
    const found = await (ecosystem === 'pypi' ? pythonInterpreter(tools) : nodeInterpreter(tools))
    return found.ok ? done(found.value.tag) : found
  }
  return {
    interpreter: (ecosystem) => {
      const asked = interpreters.get(ecosystem) ?? ask(ecosystem)
      interpreters.set(ecosystem, asked)
      return asked
    },
    install: (order) =>
      order.ref.ecosystem === 'pypi' ? installPython(order, tools) : installNode(order, tools),
    together: (orders, folder) => resolveTogether(orders, tools, folder),
  }
}
