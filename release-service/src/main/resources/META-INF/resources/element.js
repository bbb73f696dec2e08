// The document. What the API says becomes text and attributes here, never markup.

/** An element; attributes and children that are missing or false are left out. */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value != null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return element;
}

/**
 * Makes a node like another with the fewest changes, so that focus, selection and opened details stay. Elements with
 * an id keep their identity when others come or go before them.
 */
export function become(now, next) {
  if (now.nodeName !== next.nodeName || now.id !== next.id) {
    now.replaceWith(next);
  } else if (now.nodeType === Node.TEXT_NODE) {
    if (now.data !== next.data) now.data = next.data;
  } else {
    takeAttributes(now, next);
    takeChildren(now, next);
  }
}

function takeAttributes(now, next) {
  for (const { name } of [...now.attributes]) {
    // Whether details are open is the reader's business.
    if (!next.hasAttribute(name) && name !== "open") now.removeAttribute(name);
  }
  for (const { name, value } of next.attributes) {
    if (now.getAttribute(name) !== value) now.setAttribute(name, value);
  }
}

function takeChildren(now, next) {
  // A copy: a child that is taken over leaves the other node.
  const children = [...next.childNodes];
  const ids = new Set([...next.children].map((child) => child.id));
  for (const child of [...now.children]) {
    if (child.id && !ids.has(child.id)) child.remove();
  }
  children.forEach((child, i) => {
    const here = now.childNodes[i];
    const known = child.id && [...now.children].find((other) => other.id === child.id);
    if (!here) {
      now.append(child);
    } else if (known) {
      if (known !== here) now.insertBefore(known, here);
      become(known, child);
    } else if (here.id || child.id) {
      now.insertBefore(child, here);
    } else {
      become(here, child);
    }
  });
  while (now.childNodes.length > children.length) now.lastChild.remove();
}
