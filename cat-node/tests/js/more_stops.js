// More stops of the tour: what the master key does, and what apps do less often. See tour.js.
'use strict';

const assert = require('node:assert/strict');

const MASTER = { useMasterKey: true };

module.exports = (Parse, run, refused) => ({
  async 'config'() {
    const name = `greeting_${run}`;
    await Parse.Config.save({ [name]: 'miaou', [`secret_${run}`]: 'tuna' }, { [`secret_${run}`]: true });
    const config = await Parse.Config.get();
    assert.equal(config.get(name), 'miaou');
    assert.equal(config.get(`secret_${run}`), undefined);
    const whole = await Parse.Config.get(MASTER);
    assert.equal(whole.get(`secret_${run}`), 'tuna');
  },

  async 'installations'() {
    const installation = new Parse.Installation();
    installation.set('installationId', `i-${run}`);
    installation.set('deviceType', 'ios');
    installation.set('channels', ['cats']);
    await installation.save();
    const again = new Parse.Installation();
    again.set('installationId', `i-${run}`);
    again.set('badge', 3);
    await again.save();
    const query = new Parse.Query(Parse.Installation).equalTo('installationId', `i-${run}`);
    const found = await query.find(MASTER);
    assert.deepEqual(found.map((one) => [one.get('badge'), one.get('channels')]), [[3, ['cats']]]);
    await refused(119, query.find());
  },

  async 'analytics'() {
    assert.deepEqual(await Parse.Analytics.track('purchase', { price: '9' }), {});
  },

  async 'schemas'() {
    const schema = new Parse.Schema(`Shelf${run}`);
    schema.addString('name').addNumber('height').addPointer('owner', '_User').addRelation('books', `Book${run}`);
    await schema.save();
    const seen = await schema.get();
    assert.equal(seen.fields.height.type, 'Number');
    assert.equal(seen.fields.books.targetClass, `Book${run}`);
    await new Parse.Object(`Shelf${run}`, { name: 'top', height: 2 }).save(null, MASTER);
    schema.addBoolean('dusty').deleteField('height');
    await schema.update();
    const changed = await new Parse.Schema(`Shelf${run}`).get();
    assert.equal(changed.fields.dusty.type, 'Boolean');
    assert.equal(changed.fields.height, undefined);
    await refused(255, new Parse.Schema(`Shelf${run}`).delete());
    await new Parse.Schema(`Shelf${run}`).purge();
    await new Parse.Schema(`Shelf${run}`).delete();
    await refused(103, new Parse.Schema(`Shelf${run}`).get());
  },

  async 'geo queries'() {
    const Place = Parse.Object.extend(`Place${run}`);
    const at = (latitude, longitude) => new Parse.GeoPoint(latitude, longitude);
    const places = [[45, -73], [46, -71], [10, 10]].map(([a, b], n) => new Place({ n, at: at(a, b) }));
    await Parse.Object.saveAll(places);
    const numbers = async (query) => (await query.ascending('n').find()).map((place) => place.get('n'));
    const query = () => new Parse.Query(Place);
    assert.deepEqual(await numbers(query().withinGeoBox('at', at(44, -74), at(47, -70))), [0, 1]);
    assert.deepEqual(await numbers(query().withinPolygon('at', [at(9, 9), at(9, 11), at(11, 11), at(11, 9)])), [2]);
    assert.deepEqual(await numbers(query().withinRadians('at', at(45, -73), 0.001, false)), [0]);
    const Area = Parse.Object.extend(`Area${run}`);
    await new Area({ ring: new Parse.Polygon([[0, 0], [0, 4], [4, 4], [4, 0]]) }).save();
    assert.equal(await new Parse.Query(Area).polygonContains('ring', at(2, 2)).count(), 1);
    assert.equal(await new Parse.Query(Area).polygonContains('ring', at(5, 5)).count(), 0);
  },

  async 'more queries'() {
    const Card = Parse.Object.extend(`Card${run}`);
    const cards = [0, 1, 2, 3].map((n) => new Card({ n, suit: n % 2 ? 'red' : 'black', tags: [n, n + 1], deep: { a: n } }));
    await Parse.Object.saveAll(cards);
    const query = () => new Parse.Query(Card);
    const numbers = (found) => found.map((card) => card.get('n'));
    assert.deepEqual(numbers(await Parse.Query.and(query().greaterThan('n', 0), query().lessThan('n', 3)).ascending('n').find()), [1, 2]);
    assert.deepEqual(numbers(await Parse.Query.nor(query().equalTo('n', 0), query().equalTo('n', 3)).ascending('n').find()), [1, 2]);
    assert.deepEqual(numbers(await query().containedBy('tags', [0, 1, 2]).ascending('n').find()), [0, 1]);
    assert.deepEqual(numbers(await query().equalTo('deep.a', 2).find()), [2]);
    assert.deepEqual(numbers(await query().doesNotExist('nope').descending('n').limit(1).find()), [3]);
    assert.deepEqual(numbers(await query().endsWith('suit', 'ack').addAscending('suit').addDescending('n').find()), [2, 0]);
    const trimmed = await query().exclude('tags').equalTo('n', 1).first();
    assert.deepEqual([trimmed.get('tags'), trimmed.get('suit')], [undefined, 'red']);
    const suits = await query().distinct('suit', MASTER);
    assert.deepEqual([...suits].sort(), ['black', 'red']);
    const groups = await query().aggregate([
      { $match: { n: { $gt: 0 } } }, { $group: { _id: '$suit', total: { $sum: '$n' } } }, { $sort: { total: 1 } },
    ], MASTER);
    assert.deepEqual(groups.map((group) => [group.objectId, group.total]), [['black', 2], ['red', 4]]);
    let seen = [];
    await query().eachBatch((batch) => { seen = seen.concat(numbers(batch)); }, { batchSize: 3 });
    assert.deepEqual(seen.sort(), [0, 1, 2, 3]);
  },

  async 'files are pointed to'() {
    const file = Parse.File.fromJSON({ __type: 'File', name: 'mouse.png', url: 'https://files.example/mouse.png' });
    const photo = await new Parse.Object(`Photo${run}`, { file }).save();
    const found = await new Parse.Query(`Photo${run}`).get(photo.id);
    assert.equal(found.get('file').name(), 'mouse.png');
  },

  async 'an anonymous user becomes somebody'() {
    await Parse.User.logOut();
    const authData = { id: `0000-${run}` };
    const anonymous = await Parse.User.logInWith('anonymous', { authData });
    assert.ok(Parse.AnonymousUtils.isLinked(anonymous));
    const again = await Parse.User.logInWith('anonymous', { authData });
    assert.equal(again.id, anonymous.id);
    await again.save({ username: `somebody-${run}`, password: 'tuna' });
    await Parse.User.logOut();
    const somebody = await Parse.User.logIn(`somebody-${run}`, 'tuna');
    assert.equal(somebody.id, anonymous.id);
  },

  async 'sessions of a user'() {
    const me = await Parse.User.signUp(`sessile-${run}`, 'tuna');
    const sessions = await new Parse.Query(Parse.Session).find({ sessionToken: me.getSessionToken() });
    assert.ok(sessions.length >= 1 && sessions.every((session) => session.get('user').id === me.id));
    assert.deepEqual(await new Parse.Query(Parse.Session).find().then((found) => found.length), sessions.length);
  },

  async 'audiences and server information'() {
    const controller = Parse.CoreManager.getRESTController();
    const info = await controller.request('GET', 'serverInfo', {}, MASTER);
    assert.match(info.parseServerVersion, /^9\./);
    const made = await controller.request('POST', 'push_audiences', { name: run, query: '{"deviceType":"ios"}' }, MASTER);
    const seen = await controller.request('GET', `push_audiences/${made.objectId}`, {}, MASTER);
    assert.deepEqual(seen.query, { deviceType: 'ios' });
    await controller.request('DELETE', `push_audiences/${made.objectId}`, {}, MASTER);
  },
});
