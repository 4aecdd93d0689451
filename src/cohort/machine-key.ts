/** Names that a machine has because nobody gave it one: thousands have the same. */
const sharedNames: ReadonlySet<string> = new Set([
  ...[
    'localhost',
    'localdomain',
    'local',
    'host',
    'hostname',
    'machine',
    'node',
    'server',
    'client',
    'worker',
  ],
  ...['none', 'null', 'undefined', 'unknown', 'default', 'test', 'root', 'admin', 'user', 'vm', 'container'],
  ...['debian', 'ubuntu', 'centos', 'fedora', 'rocky', 'almalinux', 'archlinux', 'alpine', 'kali', 'nixos'],
  ...[
    'raspberrypi',
    'buildkitsandbox',
    'docker',
    'runner',
    'ip6-localhost',
    'ip6-loopback',
    'docker-desktop',
  ],
])

/** Names that are made anew with each start: of containers, pods and hosted runners. */
const passingNames: readonly RegExp[] = [
  // Docker, Podman: the first 12 digits of the container's id, or all 64.
  /^[0-9a-f]{12}$|^[0-9a-f]{64}$/,
  // A pod of a Kubernetes deployment or job: a hash of its template and five characters without vowels.
  /^.+-[0-9bcdfghjklmnpqrstvwxz]{6,10}-[0-9bcdfghjklmnpqrstvwxz]{5}$/,
  // GitHub's hosted runners, with and without their region.
  /^fv-az[0-9]+(?:-[0-9]+)?$|^runnervm[0-9a-z]+$/,
]

/**
 * Why a text does not tell one machine of a fleet from the others for good, as the end of a sentence; null where nothing
 * is known against it.
 */
export function machineKeyFault(key: string): string | null {
  const whole = key.toLowerCase().replace(/\.(?:localdomain\d?|local|lan|home|internal)$/, '')
  const isShared = sharedNames.has(whole.replace(/\d$/, '')) || /^127[.-]/.test(key)
  const name = whole.split('.', 1)[0] ?? ''
  if (isShared) return 'is a name that many machines have, and all of them would be one'
  if (passingNames.some((pattern) => pattern.test(name)))
    return 'looks like the name of a container, pod or runner, which changes with each start'
  return null
}
