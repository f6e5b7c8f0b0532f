// Providers of identities for tests, by oidc-provider: each on its own port, each signing in whoever one says one is.
// Its one argument is JSON: [{name, port, base, secret}], base being the portal's address. Says "ready" once all listen.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import { Provider } from 'oidc-provider'

const LEVEL = 'urn:example:two-factors'

function make ({ name, port, base, secret }) {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })
  const here = `${base}/sign-in/with/${name}`
  const provider = new Provider(`http://localhost:${port}`, {
    jwks: { keys: [{ ...key, kid: `key of ${name}`, use: 'sig', alg: 'RS256' }] },
    acrValues: [LEVEL],
    claims: { openid: ['sub', 'amr'] },
    clients: [{
      client_id: 'portal',
      client_secret: secret,
      redirect_uris: [`${here}/callback`],
      post_logout_redirect_uris: [`${base}/sign-in`],
      backchannel_logout_uri: `${here}/logout`,
      backchannel_logout_session_required: true
    }],
    // Ports of one host share their cookies.
    cookies: { keys: [secret], names: { session: `${name}_session`, interaction: `${name}_interaction`, resume: `${name}_resume` } },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        logoutSource: (ctx, form) => page(ctx, `${form}<button form="op.logoutForm" name="logout" value="yes">Yes, sign me out</button>`),
        postLogoutSuccessSource: ctx => page(ctx, '<p>You are signed out</p>')
      }
    },
    // Without the dispatcher that keeps a real provider from calling this machine itself.
    fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
    pkce: { required: () => true },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id, email: 'admin@demo.example', roles: ['administrator'] }) }),
    interactions: { url: (_ctx, interaction) => `/who/${interaction.uid}` },
    async loadExistingGrant (ctx) {
      const grant = new ctx.oidc.provider.Grant({ clientId: ctx.oidc.client.clientId, accountId: ctx.oidc.session.accountId })
      grant.addOIDCScope('openid')
      await grant.save()
      return grant
    }
  })
  provider.on('backchannel.error', (_ctx, error) => console.error(error))
  const answer = provider.callback()
  createServer((request, response) => {
    if (!request.url.startsWith('/who/')) return answer(request, response)
    ask(provider, name, request, response).catch(error => { response.statusCode = 500; response.end(String(error)) })
  }).listen(port, 'localhost', () => { if (--waiting === 0) console.log('ready') })
}

function page (ctx, words) {
  ctx.body = `<!doctype html><html lang="en"><title>Provider</title><h1>Provider</h1>${words}</html>`
}

async function ask (provider, name, request, response) {
  if (request.method === 'GET') {
    response.setHeader('Content-Type', 'text/html; charset=utf-8')
    response.end(`<!doctype html><html lang="en"><title>${name}</title><h1>${name}</h1><form method="post"><label>Who <input name="subject"></label>
      <button name="factor" value="">Password only</button><button name="factor" value="yes">With a second factor</button>
      <button name="factor" value="no">Cancel</button></form></html>`)
    return
  }
  let body = ''
  for await (const part of request) body += part
  const said = new URLSearchParams(body)
  const shown = said.get('factor') ? { amr: ['pwd', 'otp', 'mfa'], acr: LEVEL } : { amr: ['pwd'] }
  const result = said.get('factor') === 'no'
    ? { error: 'access_denied', error_description: 'nobody' }
    : { login: { accountId: said.get('subject'), ...shown } }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
}

const wanted = JSON.parse(process.argv[2])
let waiting = wanted.length
wanted.forEach(make)
