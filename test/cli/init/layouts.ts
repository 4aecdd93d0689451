/** Layouts of real small repositories, as far as `init` looks at them. */
const json = (value: unknown) => JSON.stringify(value, null, 2)

export interface Layout {
  readonly files: Readonly<Record<string, string>>
  readonly tags: readonly string[]
}

export interface MaintainerLayout extends Layout {
  readonly packages: readonly string[]
  /** Build backends that come from PyPI. */
  readonly builtBy: readonly string[]
}

const test = 'node --test'

export const maintainers: Readonly<Record<string, MaintainerLayout>> = {
  'one npm package': {
    files: {
      'package.json': json({ name: 'one-thing', version: '1.1.0', license: 'MIT', scripts: { test } }),
      'index.js': 'module.exports = 1\n',
    },
    tags: ['v1.0.0', 'v1.1.0'],
    packages: ['npm:one-thing'],
    builtBy: [],
  },
  'a scoped package that tags by its name': {
    files: {
      'package.json': json({ name: '@acme/tool', version: '2.0.0', license: 'MIT' }),
      'index.js': 'module.exports = 1\n',
    },
    tags: ['@acme/tool@1.9.0', '@acme/tool@2.0.0'],
    packages: ['npm:@acme/tool'],
    builtBy: [],
  },
  'npm workspaces': {
    files: {
      'package.json': json({ name: 'root', private: true, workspaces: ['packages/*'] }),
      'packages/core/package.json': json({ name: '@duo/core', version: '1.1.0', license: 'MIT' }),
      'packages/core/index.js': 'module.exports = 1\n',
      'packages/cli/package.json': json({ name: '@duo/cli', version: '1.1.0', license: 'MIT' }),
      'packages/cli/index.js': 'module.exports = 2\n',
      'packages/cli/node_modules/left/package.json': json({ name: 'left', version: '1.0.0' }),
    },
    tags: ['core-v1.0.0', 'cli-v1.0.0'],
    packages: ['npm:@duo/cli', 'npm:@duo/core'],
    builtBy: [],
  },
  'a pnpm workspace': {
    files: {
      'pnpm-workspace.yaml': 'packages: [libs/*]\n',
      'package.json': json({ private: true }),
      'libs/a/package.json': json({ name: 'pnpm-a', version: '0.3.0', license: 'MIT' }),
      'libs/a/index.js': 'module.exports = 1\n',
    },
    tags: [],
    packages: ['npm:pnpm-a'],
    builtBy: [],
  },
  'a Python package with a src folder': {
    files: {
      'pyproject.toml':
        '[build-system]\nrequires = ["setuptools"]\n\n[project]\nname = "Snake_Case"\nversion = "1.1.0"\ndependencies = ["idna>=2"]\n\n[tool.pytest.ini_options]\n',
      'src/snake_case/__init__.py': '',
      'tests/test_it.py': '',
    },
    tags: ['1.0.0'],
    packages: ['pypi:snake-case'],
    builtBy: ['setuptools'],
  },
  'a Poetry project': {
    files: {
      'pyproject.toml':
        "[tool.poetry]\nname = 'poem'\nversion = '0.1.0'\ndescription = 'lines'\nauthors = []\n\n[build-system]\nrequires = ['poetry-core']\nbuild-backend = 'poetry.core.masonry.api'\n",
      'poem/__init__.py': '',
    },
    tags: ['v0.1.0'],
    packages: ['pypi:poem'],
    builtBy: ['poetry-core'],
  },
  'a setup.cfg': {
    files: {
      'setup.cfg': '[metadata]\nname = old-way\nversion = 3.1\n\n[options]\npy_modules = old_way\n',
      'setup.py': 'from setuptools import setup\n\nsetup()\n',
      'old_way.py': '',
    },
    tags: [],
    packages: ['pypi:old-way'],
    builtBy: ['setuptools'],
  },
  'one package for each ecosystem, in folders': {
    files: {
      'js/package.json': json({ name: 'both-ways', version: '1.1.0', license: 'MIT' }),
      'js/index.js': 'module.exports = 1\n',
      'python/pyproject.toml': '[project]\nname = "both-ways"\nversion = "1.1.0"\n',
      'python/both_ways.py': '',
    },
    tags: ['v1.1.0'],
    packages: ['npm:both-ways', 'pypi:both-ways'],
    builtBy: ['setuptools'],
  },
}

export const dependents: Readonly<Record<string, Layout & { readonly run: string; readonly tests: string }>> =
  {
    'an application with npm': {
      files: {
        'package.json': json({
          name: 'app',
          private: true,
          scripts: { test: 'node -p "require(\'one-thing\')"' },
          dependencies: { 'one-thing': '^1.0.0' },
        }),
        '.github/workflows/ci.yml': 'name: ci\non: push\njobs: {}\n',
      },
      tags: [],
      run: 'npm test',
      tests: 'npm:one-thing',
    },
    'an application with pip': {
      files: { 'requirements.txt': 'snake-case\npytest\n', 'app.py': '' },
      tags: [],
      run: 'python -m pytest',
      tests: 'pypi:snake-case',
    },
  }
