// Starts a parse-server for the differential suite: `node parse-server.js OPTIONS.json`, with parse-server in NODE_PATH.
// Prints {"port": N} once it is ready; drops its database and ends when its standard input closes.
'use strict';

const fs = require('fs');
const http = require('http');
const express = require('express');
const { ParseServer } = require('parse-server');

const MOUNT_PATH = '/parse';
const KEEP_ALIVE_MS = 60000;

// Databases are made and dropped here: parse-server does neither.
const databases = {
  mongodb: {
    make: () => {},
    async drop(uri) {
      const client = await require('mongodb').MongoClient.connect(uri);
      await client.db().dropDatabase();
      await client.close();
    },
  },
  postgres: {
    make: uri => postgresql(uri, name => `CREATE DATABASE ${name}`),
    drop: uri => postgresql(uri, name => `DROP DATABASE ${name} WITH (FORCE)`),
  },
};

async function postgresql(uri, statement) {
  const url = new URL(uri);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new (require('pg').Client)(url.href);
  await client.connect();
  await client.query(statement(name));
  await client.end();
}

// What cat-node asks a webhook for, parse-server asks a module for: these ask the webhook.
async function ask(url, question) {
  const response = await fetch(url, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(question) });
  return response.json();
}

const modules = {
  emailAdapter: url => ({ sendMail: mail => ask(url, mail) }),
};

function withModules(options) {
  const filled = { ...options };
  for (const [name, make] of Object.entries(modules)) {
    if (options[name] && options[name].webhook) filled[name] = make(options[name].webhook);
  }
  return filled;
}

function listening(app) {
  return new Promise((resolve, reject) => {
    const server = http.createServer(app);
    server.once('error', reject);
    server.keepAliveTimeout = KEEP_ALIVE_MS;
    server.listen(0, '127.0.0.1', () => resolve(server.address().port));
  });
}

async function main() {
  const options = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
  const database = databases[options.databaseURI.split(':')[0]];
  await database.make(options.databaseURI);
  const app = express();
  // The address is an option of parse-server, so the port comes first.
  const port = await listening(app);
  const serverURL = `http://127.0.0.1:${port}${MOUNT_PATH}`;
  const parseServer = new ParseServer({
    silent: true,
    verifyServerUrl: false,
    publicServerURL: serverURL,
    ...withModules(options),
    serverURL,
  });
  await parseServer.start();
  app.use(MOUNT_PATH, parseServer.app);
  process.stdin.on('end', async () => {
    await database.drop(options.databaseURI);
    process.exit(0);
  });
  process.stdin.resume();
  console.log(JSON.stringify({ port }));
}

// A request that makes parse-server fail outside of its handling gets no answer; the next one does.
process.on('uncaughtException', error => console.error('uncaught', error));
process.on('unhandledRejection', error => console.error('unhandled', error));

main().catch(error => {
  console.error(error);
  process.exit(1);
});
