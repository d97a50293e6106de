// Parse Dashboard in a real browser, against a running cat-node: what operators do, click by click.
// PARSE_SERVER_URL, PARSE_APPLICATION_ID, PARSE_MASTER_KEY and CHROMIUM say where; the Dashboard itself is started here.
// Prints a line per stop; exits 1 at the first that fails, and when any request or script of the pages failed.
'use strict';

const assert = require('node:assert/strict');
const express = require('express');
const ParseDashboard = require('parse-dashboard');
const { chromium } = require('playwright-core');

const PATIENCE_MS = 20_000;
let app;
const headers = {
  'X-Parse-Application-Id': process.env.PARSE_APPLICATION_ID,
  'X-Parse-Master-Key': process.env.PARSE_MASTER_KEY,
  'Content-Type': 'application/json',
};

async function ask(method, path, body) {
  const url = `${process.env.PARSE_SERVER_URL}${path}`;
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const json = await answer.json();
  assert.ok(answer.ok, `${method} ${path}: ${JSON.stringify(json)}`);
  return json;
}

// Asks until the answer is as it should be.
async function until(what, question) {
  const end = Date.now() + PATIENCE_MS;
  for (;;) {
    if (await question()) return;
    assert.ok(Date.now() < end, `waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const stops = {
  async 'classes and their rows are shown'(page) {
    await ask('POST', '/classes/Mouse', { name: 'jerry', weight: 21 });
    await page.goto(`${app}/browser/Mouse`);
    await page.getByText('jerry', { exact: true }).first().waitFor();
    for (const name of ['_User', '_Role', 'Capture']) {
      await page.getByRole('link', { name }).first().waitFor();
    }
  },

  async 'a class is created'(page) {
    await page.getByText('Create a class').click();
    await page.getByPlaceholder('Give it a good name...').fill('Cheese');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await until('the class is there', async () => {
      const { results } = await ask('GET', '/schemas');
      return results.some((schema) => schema.className === 'Cheese');
    });
    await page.waitForURL('**/browser/Cheese');
  },

  async 'a column is added'(page) {
    await page.goto(`${app}/browser/Cheese`);
    await page.getByText('Add a new column').first().click();
    await page.getByPlaceholder('Give it a good name...').fill('age');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await until('the column is there', async () => (await ask('GET', '/schemas/Cheese')).fields.age?.type === 'String');
  },

  async 'a row is added'(page) {
    await page.goto(`${app}/browser/Cheese`);
    await page.getByText('Add Row').click();
    await page.getByText('Add', { exact: true }).first().click();
    await until('the row is there', async () => (await ask('GET', '/classes/Cheese')).results.length === 1);
    await page.goto(`${app}/browser/Cheese`);
    const { results } = await ask('GET', '/classes/Cheese');
    await page.getByText(results[0].objectId).first().waitFor();
  },

  async 'permissions of a class are edited'(page) {
    await page.goto(`${app}/browser/Cheese`);
    await page.getByText('Security', { exact: true }).first().click();
    await page.getByText('Class Level Permissions').first().click();
    await page.getByText('Edit Class Level Permissions').first().waitFor();
    await page.getByText('Add field').first().locator('xpath=following-sibling::*[1]').click();
    await page.getByRole('button', { name: 'Save CLP' }).click();
    await until('clients add no fields', async () => {
      const { classLevelPermissions } = await ask('GET', '/schemas/Cheese');
      return classLevelPermissions.find['*'] === true && classLevelPermissions.addField['*'] === undefined;
    });
  },

  async 'the config is shown and changed'(page) {
    await ask('PUT', '/config', { params: { welcome: 'miaou' } });
    await page.goto(`${app}/config`);
    await page.getByText('welcome', { exact: true }).waitFor();
    await page.getByText('Create a parameter').first().click();
    await page.getByPlaceholder('New parameter').fill('motto');
    await page.locator('textarea').last().fill('catch them all');
    await page.getByRole('button', { name: 'Create', exact: true }).click();
    await until('the parameter is there', async () => (await ask('GET', '/config')).params.motto === 'catch them all');
  },

  async 'the API console asks'(page) {
    await page.goto(`${app}/api_console/rest`);
    await page.locator('input[type=text]').first().fill('classes/Mouse');
    await page.getByRole('button', { name: 'Send Query' }).click();
    await page.getByText('jerry').first().waitFor();
  },

  async 'every other page opens'(page) {
    for (const path of ['webhooks', 'jobs/all', 'jobs/scheduled', 'logs/info', 'logs/error', 'push/audiences', 'settings/general']) {
      await page.goto(`${app}/${path}`);
      await page.waitForLoadState('networkidle');
    }
  },
};

function startDashboard() {
  const cats = {
    serverURL: process.env.PARSE_SERVER_URL,
    appId: process.env.PARSE_APPLICATION_ID,
    masterKey: process.env.PARSE_MASTER_KEY,
    appName: 'Cats',
  };
  const dashboard = express().use('/', new ParseDashboard({ apps: [cats] }, { allowInsecureHTTP: true, dev: true }));
  return new Promise((resolve) => {
    const server = dashboard.listen(0, '127.0.0.1', () => resolve(server));
  });
}

async function main() {
  const server = await startDashboard();
  app = `http://127.0.0.1:${server.address().port}/apps/Cats`;
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(PATIENCE_MS);
  const faults = [];
  page.on('pageerror', (error) => faults.push(`a script failed: ${error.message}`));
  page.on('response', (response) => {
    const request = response.request();
    if (response.status() >= 400) faults.push(`${response.status()} ${request.method()} ${request.url()}`);
  });
  try {
    for (const [name, stop] of Object.entries(stops)) {
      try {
        await stop(page);
        assert.deepEqual(faults, []);
      } catch (error) {
        if (process.env.DASHBOARD_SCREENSHOT) await page.screenshot({ path: process.env.DASHBOARD_SCREENSHOT });
        throw new Error(`${name}: ${faults.join(', ')}`, { cause: error });
      }
      console.log(`ok ${name}`);
    }
  } finally {
    await browser.close();
    server.close();
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
