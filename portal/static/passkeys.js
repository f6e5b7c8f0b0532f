// Passkeys: a form with data-passkey ("create" or "get") asks the server what to sign, has the browser sign it, and
// posts the answer as any form is posted. Its page says what else there is where the browser cannot.

const bytes = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const readable = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

function ask(kind, options) {
  const publicKey = { ...options, challenge: bytes(options.challenge) };
  if (kind === "get") {
    publicKey.allowCredentials = readable(options.allowCredentials);
    return navigator.credentials.get({ publicKey });
  }
  publicKey.user = { ...options.user, id: bytes(options.user.id) };
  publicKey.excludeCredentials = readable(options.excludeCredentials);
  return navigator.credentials.create({ publicKey });
}

function told(credential) {
  const { response } = credential;
  const parts = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];
  const said = parts.filter((part) => response[part]).map((part) => [part, text(response[part])]);
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: {},
    response: Object.fromEntries(said),
  });
}

async function press(form) {
  const refused = form.querySelector("[data-passkey-refused]");
  refused.hidden = true;
  try {
    const answer = await fetch(form.dataset.options, { method: "POST", body: new FormData(form) });
    if (answer.redirected || !answer.ok) return void location.reload();
    form.elements.credential.value = told(await ask(form.dataset.passkey, await answer.json()));
    form.submit();
  } catch (error) {
    refused.hidden = false;
  }
}

if (window.PublicKeyCredential) {
  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      press(form);
    });
  }
  for (const other of document.querySelectorAll("[data-passkey-none]")) other.hidden = true;
}
