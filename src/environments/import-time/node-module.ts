/**
 * `slipway-env/index.cjs`, as it is placed in a root: finds and loads a version by the rules of
 * `find-installed.ts`. It reads what `env` wrote and changes nothing.
 */
export const NODE_MODULE = String.raw`'use strict'
// Loads one of several installed versions of a package. Placed here by "slipway env".
//
//     const slipwayEnv = require('slipway-env')
//     const demo = slipwayEnv.require('demo-lib', '1.2')
//
// "1" means any 1.*, "1.2" means 1.2.*, a full version means itself, no version means the live one.
const fs = require('node:fs')
const { createRequire } = require('node:module')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { chosen, inherited, nameOf, versioned } = require('./choices.cjs')

/** Loads a package (or a file in it) in the version asked for, as require does. */
exports.require = function (specifier, version) {
  const file = resolve(...asked(specifier, version), asker())
  return createRequire(file)(file)
}

/** The same for modules that only import can load; gives a promise. */
exports.import = async function (request, rule) {
  const [specifier, version] = asked(request, rule)
  const choice = choose(nameOf(specifier), version, asker())
  const inside = path.join(choice.folder, 'slipway-env.mjs')
  // Node looks for what is imported from where the import stands.
  if (fs.existsSync(inside)) return (await import(pathToFileURL(inside).href)).default(specifier)
  return import(pathToFileURL(fileIn(choice, specifier)).href)
}

/** The file that require would load. */
exports.resolve = function (specifier, version) {
  return resolve(...asked(specifier, version), asker())
}

/** demo-lib@1.2 says both in one word. */
function asked(specifier, version) {
  const both = version === undefined ? versioned(specifier) : null
  return both === null ? [specifier, version] : [both.plain, both.version]
}

/** For requests that name a version, which come by the hooks. */
exports.choose = choose

function resolve(specifier, version, asker) {
  return fileIn(choose(nameOf(specifier), version, asker), specifier)
}

function fileIn(choice, specifier) {
  const name = nameOf(specifier)
  const manifest = json(path.join(choice.folder, 'package.json'))
  const inside = createRequire(path.join(choice.folder, 'slipway-env.cjs'))
  // A folder may be the package itself.
  if (manifest !== null && manifest.name === name) return inside.resolve('.' + specifier.slice(name.length))
  return inside.resolve(specifier)
}

function choose(name, version, asker) {
  const rule = version === undefined || version === null ? null : String(version)
  const held = chosen.get(name)
  if (held !== undefined) {
    if (answers(held, rule)) return held
    const has = held.version === null ? held.folder : held.version
    fail(
      'ERR_SLIPWAY_ENV_CONFLICT',
      asker + ' asks for ' + said(name, rule) + ', but ' + held.asker + ' asked for ' + name + ' ' + has +
        ' before and one process holds one version',
    )
  }
  const choice = inheritedChoice(name, rule, asker) || find(name, rule, asker)
  chosen.set(name, choice)
  // Processes that this one starts get the same version where it is what they ask for.
  const all = [...chosen].map(([name, { folder, asker }]) => ({ ecosystem: 'npm', name, folder, asker }))
  process.env.SLIPWAY_ENV_HELD_NODE = JSON.stringify(all)
  return choice
}

function inheritedChoice(name, rule, asker) {
  const given = inherited.get(name)
  if (given === undefined || !fs.existsSync(given.folder)) return null
  const choice = folderAt(given.folder, asker)
  return answers(choice, rule) ? choice : null
}

function find(name, rule, asker) {
  if (rule !== null && rule.startsWith('/')) return folderAt(rule, asker)
  const installed = []
  for (const root of roots()) {
    const state = json(path.join(root, 'npm', name, '.current', 'state.json'))
    if (state === null) continue
    if (state.format !== 2) fail('ERR_SLIPWAY_ENV_FORMAT', root + ' was written by another version of slipway')
    const usable = state.versions.filter((entry) => buildOf(entry) !== undefined)
    const found = usable.filter(({ version }) => (rule === null ? version === state.live : matches(version, rule)))
    const entry =
      found.find(({ version }) => rule !== null && version === rule.replace(/^v/, '')) ||
      found.findLast(({ standing }) => standing === 'accepted') ||
      found[found.length - 1]
    if (entry !== undefined)
      return folderAt(path.join(root, 'npm', name, 'installed', buildOf(entry).folder), asker)
    const versions = state.versions.map(({ version, builds }) =>
      buildOf({ builds }) ? version : version + ' for ' + builds.map(({ interpreter }) => interpreter).join(' and '),
    )
    installed.push(versions.join(', ') + ' in ' + root)
  }
  fail(
    'MODULE_NOT_FOUND',
    asker + ' asks for ' + said(name, rule) + ', which is not installed; installed is ' +
      (installed.join('; ') || 'nothing of it') + '; to get it: slipway env install npm:' + name +
      (rule === null ? '' : '@' + rule) + ' --root ' + roots()[0],
  )
}

/** What is compiled serves one generation of Node only. */
function buildOf({ builds }) {
  const own = 'node-' + process.versions.modules
  return builds.find(({ interpreter }) => interpreter === 'node' || interpreter === own)
}

function folderAt(place, asker) {
  if (!fs.existsSync(place)) fail('MODULE_NOT_FOUND', asker + ' asks for ' + place + ', which is not there')
  const folder = fs.realpathSync(place)
  const made = json(path.join(folder, 'slipway-installed.json'))
  return { version: made === null ? null : made.version, folder, asker }
}

function answers(held, rule) {
  if (rule === null) return true
  if (rule.startsWith('/')) return fs.existsSync(rule) && fs.realpathSync(rule) === held.folder
  return held.version !== null && matches(held.version, rule)
}

function matches(version, rule) {
  const wanted = rule.replace(/^v/, '')
  if (version === wanted) return true
  const final = /^(\d+)\.(\d+)\.(\d+)(\+.*)?$/.exec(version)
  if (final === null || !/^\d+(\.\d+){0,2}$/.test(wanted)) return false
  return wanted.split('.').every((part, index) => Number(part) === Number(final[index + 1]))
}

function said(name, rule) {
  return rule === null ? name : name + ' ' + rule
}

function fail(code, message) {
  throw Object.assign(new Error(message), { code })
}

function roots() {
  const named = (process.env.SLIPWAY_ENV_PATH || '').split(path.delimiter).filter((entry) => entry !== '')
  const prefix = path.dirname(path.dirname(process.execPath))
  const data = process.env.XDG_DATA_HOME || path.join(os.homedir(), '.local', 'share')
  const places = [path.join(prefix, 'share'), data, '/usr/local/share']
  return [path.dirname(__dirname), ...named, ...places.map((place) => path.join(place, 'slipway-env'))]
}

function json(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw error
  }
}

/** File and line of whoever called one of the exports. */
function asker() {
  const lines = new Error().stack.split('\n').slice(1)
  const outside = lines.find((line) => !line.includes(__filename)) || ''
  const place = /\(?((?:file:\/\/)?[^()\s]+:\d+):\d+\)?$/.exec(outside)
  return place === null ? 'somebody' : place[1].replace(/^file:\/\//, '')
}
`
