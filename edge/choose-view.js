/**
 * Chooses the view of a request from Slipway's rules (`GET /edge/v1/rules`), in three steps, because some runtimes hash
 * only asynchronously: `ask` what a request is about, `texts` to be hashed for it, `address` of the document to fetch.
 *
 * Shared by nginx and the worker, so it keeps to what njs 0.7 understands: no destructuring, no spread, one default
 * export. It must agree with Slipway itself for every key; `npm run test:edge` holds it to that.
 */

const tenMinutesMs = 10 * 60 * 1000
const loopback = ['127.0.0.0/8', '::1/128']
/** Nobody from outside can be there: what stands there and forwards is the operator's own. */
const privateNetworks = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  'fc00::/7',
  'fe80::/10',
]
const kinds = ['pip', 'uv', 'poetry', 'pdm', 'npm', 'pnpm', 'yarn', 'bun', 'deno']
const keyPattern = /^[A-Za-z0-9._~-]{1,200}$/
const npmNamePattern = /^(@[a-z0-9~_.-][a-z0-9~._-]*\/)?[a-z0-9~_-][a-z0-9~._-]*$/
const pypiPattern = /^\/pypi\/simple\/([a-z0-9]+(?:-[a-z0-9]+)*)\/$/

/**
 * What a request asks for; null: it is none of the edge's business and goes to Slipway as it is, uncached.
 * `request`: `{ method, path, query, authorization, explain, userAgent, forwarded, peer }`, texts, empty where there is
 * none; `peer` is who asked the edge, `forwarded` what came as `X-Forwarded-For`.
 * `rules`: the document, or null. `now`: integer ms.
 */
function ask(request, rules, now) {
  if (request.method !== 'GET' && request.method !== 'HEAD') return null
  // Who sends credentials or a query may mean more than reading.
  if (request.authorization !== '' || request.query !== '' || request.explain !== '') return null
  const split = splitPath(request.path)
  const id = split === null ? null : packageOf(split.rest)
  if (id === null) return null
  const known = rules === null || now - rules.at > tenMinutesMs ? null : rules
  const listed = rules === null ? undefined : rules.packages[id]
  const asked = {
    rest: split.rest,
    doc: listed === undefined ? '0' : listed.doc,
    below: id.indexOf('npm/') === 0 && namesForeignTarballs(request.userAgent),
    prefix: split.prefix,
    key: null,
    live: [],
  }
  if (split.prefix !== '')
    return known === null && split.prefix === '/channel/candidate' ? stable(asked) : asked
  if (known === null) return asked
  const asker = split.key === null ? askerOf(request, known) : { key: split.key, view: null }
  if (asker.view !== null) {
    asked.prefix = `/channel/${asker.view}`
    return asked
  }
  if (asker.key === null || listed === undefined) return asked
  const hidden = listed.overlaid === true && known.anonymous.overlaid === 'stable'
  if (hidden && asker.key.indexOf('net:') === 0) return asked
  asked.key = asker.key
  asked.live = listed.live
  return asked
}

function stable(asked) {
  asked.prefix = '/channel/stable'
  return asked
}

/** Texts whose SHA-256 decides. */
function texts(asked) {
  const found = []
  for (let index = 0; index < asked.live.length; index += 1) {
    const rule = asked.live[index]
    if (rule.bp > 0 && rule.bp < 10000) found.push(bucketText(rule, asked.key))
    if (rule.always.length > 0) found.push(groupText(rule, asked.key))
  }
  return found
}

/** Where the document is: below Slipway's address, the same for all who see the same. `sha256`: text to hex digits. */
function address(asked, sha256) {
  const seen = []
  for (let index = 0; index < asked.live.length; index += 1) {
    const rule = asked.live[index]
    if (sees(rule, asked.key, sha256)) seen.push(rule.id.replace(/^ro-/, ''))
  }
  const view = seen.length === 0 ? 'stable' : seen.sort().join('.')
  const prefix = asked.prefix === '' ? `/view/${view}` : asked.prefix
  return `${prefix}${asked.rest}?${asked.below ? 'files=registry&' : ''}doc=${asked.doc}`
}

function sees(rule, key, sha256) {
  if (rule.bp >= 10000) return true
  if (rule.always.length > 0 && rule.always.indexOf(sha256(groupText(rule, key)).slice(0, 32)) >= 0)
    return true
  if (rule.bp <= 0) return false
  // 32 bits times 10,000 stay below 2^53: exact in doubles.
  const word = parseInt(sha256(bucketText(rule, key)).slice(0, 8), 16)
  return Math.floor((word * 10000) / 4294967296) < rule.bp
}

function bucketText(rule, key) {
  return `v2:${rule.salt}:${key}`
}

function groupText(rule, key) {
  return `k2:${rule.salt}:${key}`
}

/** The view or key that the path names, and the rest of it; null where only Slipway knows. */
function splitPath(path) {
  const keyed = /^\/as\/([^/]+)(\/.*)$/.exec(path)
  if (keyed !== null) {
    const key = decode(keyed[1])
    return key !== null && keyPattern.test(key) ? { prefix: '', key: key, rest: keyed[2] } : null
  }
  const fixed = /^(\/channel\/(?:stable|candidate)|\/view\/[a-z2-7.]+)(\/.*)$/.exec(path)
  if (fixed !== null) return { prefix: fixed[1], key: null, rest: fixed[2] }
  return { prefix: '', key: null, rest: path }
}

/** The package whose document a path asks for, as the rules name it; null for every other path. */
function packageOf(rest) {
  const project = pypiPattern.exec(rest)
  if (project !== null) return `pypi/${project[1]}`
  if (rest.indexOf('/npm/') !== 0) return null
  const name = decode(rest.slice('/npm/'.length))
  return name !== null && npmNamePattern.test(name) ? `npm/${name}` : null
}

/** Who asks, where the path does not say it: a key, a view that a rule gives, or neither. */
function askerOf(request, rules) {
  const nobody = { key: null, view: null }
  const hops = hopsOf(request)
  const trusted = loopback.concat(rules.trustedProxies)
  for (let index = 0; index < rules.mirrors.length; index += 1) {
    const rule = rules.mirrors[index]
    const agent = rule.userAgent === undefined ? '' : rule.userAgent.toLowerCase()
    const fits = request.userAgent.toLowerCase().indexOf(agent) >= 0
    if (fits && (rule.address === undefined || isIn(nearest(hops, trusted), [rule.address])))
      return { key: null, view: rule.view }
  }
  const chosen = /(?:^|[\s"';,(])slipway=([^\s"';,()\\]*)/.exec(request.userAgent)
  if (chosen !== null) return keyPattern.test(chosen[1]) ? { key: chosen[1], view: null } : nobody
  if (rules.anonymous.hosted === 'stable') return nobody
  if (rules.anonymous.ci === 'stable' && isCi(request.userAgent)) return nobody
  const address = nearest(hops, trusted.concat(privateNetworks))
  if (address === null) return nobody
  return { key: `net:${networkOf(address)}:${kindOf(request.userAgent)}`, view: null }
}

function kindOf(userAgent) {
  const found = /^[A-Za-z]+(?=[/ ]|$)/.exec(userAgent)
  const product = found === null ? '' : found[0].toLowerCase()
  if (product === 'got') return 'yarn'
  return kinds.indexOf(product) >= 0 ? product : 'other'
}

/** Whether a client says that it runs in a CI job, where each job may have another address. */
function isCi(userAgent) {
  return /"ci": ?true\b|(?:^|\s)ci\/[^\s/]/.test(userAgent)
}

function namesForeignTarballs(userAgent) {
  return /^(?:pnpm\/|got(?: |$)|yarn\/(?:[2-9]|\d\d))/i.test(userAgent)
}

/** Who forwarded the request and who it is for, nearest last; null for what is no address. */
function hopsOf(request) {
  const hops = request.forwarded === '' ? [] : request.forwarded.split(',')
  hops.push(request.peer)
  return hops.map((hop) => {
    const host = hop
      .trim()
      .replace(/^\[([^\]]+)\](?::\d+)?$/, '$1')
      .replace(/^(\d+\.\d+\.\d+\.\d+):\d+$/, '$1')
    const address = host.replace(/^::ffff:(\d+\.\d+\.\d+\.\d+)$/i, '$1')
    return bitsOf(address) === null ? null : address
  })
}

/** The nearest hop that is no trusted proxy; the farthest where all of them are. */
function nearest(hops, trusted) {
  for (let index = hops.length - 1; index >= 0; index -= 1) {
    if (hops[index] === null || !isIn(hops[index], trusted)) return hops[index]
  }
  return hops[0]
}

function isIn(address, networks) {
  for (let index = 0; index < networks.length; index += 1) {
    if (address !== null && isWithin(address, networks[index])) return true
  }
  return false
}

function networkOf(address) {
  if (address.indexOf(':') < 0) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  const groups = groupsOf(address).slice(0, 3)
  while (groups.length > 0 && groups[groups.length - 1] === '0') groups.pop()
  return `${groups.join(':')}::/48`
}

/** The eight groups of an IPv6 address without leading zeros, `::` written out. */
function groupsOf(address) {
  const halves = address.replace(/%.*$/, '').toLowerCase().split('::')
  const front = halves[0] === '' ? [] : halves[0].split(':')
  const back = halves.length < 2 || halves[1] === '' ? [] : halves[1].split(':')
  const last = back.length > 0 ? back : front
  const v4 = last.length > 0 && last[last.length - 1].indexOf('.') > 0 ? bitsOf(last[last.length - 1]) : null
  if (v4 !== null) {
    last.pop()
    last.push(parseInt(v4.slice(0, 16), 2).toString(16), parseInt(v4.slice(16), 2).toString(16))
  }
  while (halves.length > 1 && front.length + back.length < 8) front.push('0')
  return front.concat(back).map((group) => group.replace(/^0+(?=.)/, ''))
}

/** An address as a text of bits; null where it is none. */
function bitsOf(address) {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address)
  let bits = ''
  if (v4 !== null) {
    for (let index = 1; index < 5; index += 1) {
      if (Number(v4[index]) > 255) return null
      bits += `0000000${Number(v4[index]).toString(2)}`.slice(-8)
    }
    return bits
  }
  if (!/^[0-9a-f:.]+(?:%.*)?$/i.test(address) || address.indexOf(':') < 0) return null
  const groups = groupsOf(address)
  if (groups.length !== 8) return null
  for (let index = 0; index < 8; index += 1) {
    if (!/^[0-9a-f]{1,4}$/.test(groups[index])) return null
    bits += `000000000000000${parseInt(groups[index], 16).toString(2)}`.slice(-16)
  }
  return bits
}

/** Whether an address lies in a network such as `10.0.0.0/8`. */
function isWithin(address, network) {
  const parts = network.split('/')
  const own = bitsOf(address)
  const other = bitsOf(parts[0])
  if (own === null || other === null || own.length !== other.length) return false
  const length = parts.length < 2 ? own.length : Number(parts[1])
  return own.slice(0, length) === other.slice(0, length)
}

function decode(text) {
  try {
    return decodeURIComponent(text)
  } catch (_notEncoded) {
    return null
  }
}

export default { ask, texts, address }
