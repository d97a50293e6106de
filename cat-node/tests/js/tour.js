// A tour of the unmodified Parse JavaScript SDK: what apps do, against a running cat-node.
// PARSE_SERVER_URL, PARSE_APPLICATION_ID and PARSE_MASTER_KEY say where. Prints a line per stop; exits 1 at the first
// that fails.
'use strict';

const assert = require('node:assert/strict');
const Parse = require('parse/node');

Parse.initialize(process.env.PARSE_APPLICATION_ID, undefined, process.env.PARSE_MASTER_KEY);
Parse.serverURL = process.env.PARSE_SERVER_URL;
Parse.User.enableUnsafeCurrentUser();

const run = Date.now().toString(36);
const Game = Parse.Object.extend('Game');
const Thing = Parse.Object.extend('Thing');
const Post = Parse.Object.extend('Post');
const Comment = Parse.Object.extend('Comment');

async function refused(code, promise) {
  const error = await promise.then(() => null, (reason) => reason);
  assert.ok(error, `an error ${code} was expected`);
  assert.equal(error.code, code, error.message);
  return error;
}

const stops = {
  async 'sign up, log in, log out'() {
    const user = new Parse.User();
    await user.signUp({ username: `tom-${run}`, password: 'tuna', email: `tom-${run}@cats.example`, lives: 9 });
    assert.match(user.getSessionToken(), /^r:[0-9a-f]{32}$/);
    assert.equal(Parse.User.current().id, user.id);
    await refused(202, Parse.User.signUp(`tom-${run}`, 'other'));
    await refused(203, new Parse.User({ username: `tim-${run}`, password: 'x', email: `tom-${run}@cats.example` }).signUp());
    await Parse.User.logOut();
    await refused(101, Parse.User.logIn(`tom-${run}`, 'wrong'));
    const again = await Parse.User.logIn(`tom-${run}`, 'tuna');
    assert.equal(again.get('lives'), 9);
    const me = await Parse.User.me(again.getSessionToken());
    assert.equal(me.id, again.id);
    const became = await Parse.User.become(again.getSessionToken());
    assert.equal(became.get('email'), `tom-${run}@cats.example`);
    const session = await Parse.Session.current();
    assert.equal(session.get('user').id, again.id);
  },

  async 'a user changes itself'() {
    const user = Parse.User.current();
    user.set('lives', 8);
    await user.save();
    const before = user.getSessionToken();
    user.set('password', 'salmon');
    await user.save();
    await refused(209, Parse.User.me(before));
    await Parse.User.logIn(`tom-${run}`, 'salmon');
    const stranger = await new Parse.Query(Parse.User).equalTo('username', `tom-${run}`).first({ sessionToken: null });
    assert.ok(stranger, 'a user finds itself');
  },

  async 'objects come back as they went'() {
    const thing = new Thing({
      run,
      score: 1337,
      ratio: 1.5,
      cheat: false,
      nothing: null,
      when: new Date('2026-11-24T08:00:00.123Z'),
      where: new Parse.GeoPoint(45.5, -73.6),
      area: new Parse.Polygon([[0, 0], [0, 1], [1, 1], [1, 0]]),
      list: [1, 'two', { three: 3 }],
      nested: { a: { b: [1, 2] } },
      owner: Parse.User.current(),
    });
    await thing.save();
    const found = await new Parse.Query(Thing).get(thing.id);
    for (const key of ['score', 'ratio', 'cheat', 'nothing', 'list', 'nested']) {
      assert.deepEqual(found.get(key), thing.get(key), key);
    }
    assert.equal(found.get('when').getTime(), thing.get('when').getTime());
    assert.equal(found.get('where').latitude, 45.5);
    assert.ok(found.get('area').containsPoint(new Parse.GeoPoint(0.5, 0.5)));
    assert.equal(found.get('owner').id, Parse.User.current().id);
    await found.destroy();
    await refused(101, new Parse.Query(Thing).get(thing.id));
  },

  async 'operations'() {
    const game = await new Game({ run, score: 1, tags: ['a'], nested: { deep: { count: 1 } } }).save();
    game.increment('score', 41);
    game.addUnique('tags', 'b');
    game.add('log', 'created');
    game.set('nested.deep.count', 2);
    await game.save();
    assert.equal(game.get('score'), 42);
    game.remove('tags', 'a');
    game.unset('log');
    await game.save();
    const found = await new Parse.Query(Game).get(game.id);
    assert.deepEqual(found.get('tags'), ['b']);
    assert.equal(found.has('log'), false);
    assert.equal(found.get('nested').deep.count, 2);
    game.set('score', 'many');
    const error = await refused(111, game.save());
    assert.equal(error.message, 'schema mismatch for Game.score; expected Number but got String');
    const increments = Array.from({ length: 20 }, () => {
      const same = Game.createWithoutData(game.id);
      same.increment('score');
      return same.save();
    });
    await Promise.all(increments);
    assert.equal((await new Parse.Query(Game).get(game.id)).get('score'), 62);
  },

  async 'queries'() {
    const games = Array.from({ length: 25 }, (_, n) => new Game({
      run: `q-${run}`, n, name: `game ${n}`, even: n % 2 === 0, tags: [`t${n % 3}`, 'all'],
      at: new Parse.GeoPoint(n, n), since: new Date(2026, 0, n + 1),
    }));
    await Parse.Object.saveAll(games);
    const query = () => new Parse.Query(Game).equalTo('run', `q-${run}`);
    assert.equal(await query().count(), 25);
    assert.equal(await query().greaterThan('n', 10).lessThanOrEqualTo('n', 12).count(), 2);
    assert.deepEqual((await query().descending('n').limit(2).find()).map((game) => game.get('n')), [24, 23]);
    assert.deepEqual((await query().ascending('even', 'n').skip(1).limit(1).find()).map((game) => game.get('n')), [3]);
    assert.equal(await query().containedIn('n', [1, 2, 99]).count(), 2);
    assert.equal(await query().notContainedIn('n', [1, 2]).count(), 23);
    assert.equal(await query().exists('nope').count(), 0);
    assert.equal(await query().startsWith('name', 'game 1').count(), 11);
    assert.equal(await query().matches('name', /GAME 2/, 'i').count(), 6);
    assert.equal(await query().containsAll('tags', ['t1', 'all']).count(), 8);
    assert.equal(await query().notEqualTo('tags', 't1').count(), 17);
    assert.equal(await query().greaterThan('since', new Date(2026, 0, 20)).count(), 5);
    const either = Parse.Query.or(query().equalTo('n', 1), query().equalTo('n', 2));
    assert.equal((await either.find()).length, 2);
    const nearest = await query().near('at', new Parse.GeoPoint(3.1, 3.1)).limit(2).find();
    assert.deepEqual(nearest.map((game) => game.get('n')), [3, 4]);
    assert.equal(await query().withinKilometers('at', new Parse.GeoPoint(0, 0), 200).count(), 2);
    const { results, count } = await query().limit(3).withCount().find();
    assert.deepEqual([results.length, count], [3, 25]);
    const partial = await query().select('n').equalTo('n', 5).first();
    assert.deepEqual([partial.get('n'), partial.get('name')], [5, undefined]);
    let seen = 0;
    await query().each(() => { seen += 1; });
    assert.equal(seen, 25);
    await Parse.Object.destroyAll(games);
    assert.equal(await query().count(), 0);
  },

  async 'pointers, includes and sub-queries'() {
    const author = await new Parse.Object('Author', { name: `a-${run}` }).save();
    const post = await new Post({ run, title: 'rats', author }).save();
    await Parse.Object.saveAll([1, 2].map((n) => new Comment({ run, n, post })));
    const comment = await new Parse.Query(Comment).equalTo('run', run).include('post.author').first();
    assert.equal(comment.get('post').get('author').get('name'), `a-${run}`);
    const ofRats = new Parse.Query(Post).equalTo('title', 'rats').equalTo('run', run);
    assert.equal(await new Parse.Query(Comment).matchesQuery('post', ofRats).count(), 2);
    assert.equal(await new Parse.Query(Comment).equalTo('run', run).doesNotMatchQuery('post', ofRats).count(), 0);
    const titles = new Parse.Query(Post).equalTo('run', run);
    assert.equal(await new Parse.Query(Post).matchesKeyInQuery('title', 'title', titles).equalTo('run', run).count(), 1);
    await comment.get('post').fetch();
  },

  async 'relations'() {
    const posts = [1, 2, 3].map((n) => new Post({ run: `rel-${run}`, n }));
    await Parse.Object.saveAll(posts);
    const reader = new Parse.Object('Reader', { run });
    reader.relation('likes').add(posts.slice(0, 2));
    await reader.save();
    assert.equal(await reader.relation('likes').query().count(), 2);
    reader.relation('likes').remove(posts[0]);
    await reader.save();
    const liked = await reader.relation('likes').query().find();
    assert.deepEqual(liked.map((post) => post.get('n')), [2]);
    const fans = await new Parse.Query('Reader').equalTo('likes', posts[1]).find();
    assert.deepEqual(fans.map((fan) => fan.id), [reader.id]);
  },

  async 'access lists and roles'() {
    const tom = Parse.User.current();
    const secret = new Post({ run, title: 'secret' });
    secret.setACL(new Parse.ACL(tom));
    await secret.save();
    const court = new Parse.Role(`court-${run}`, new Parse.ACL());
    const parent = new Parse.Role(`crown-${run}`, new Parse.ACL());
    await Parse.Object.saveAll([court, parent], { useMasterKey: true });

    await Parse.User.logOut();
    await refused(101, new Parse.Query(Post).get(secret.id));
    const kit = await Parse.User.signUp(`kit-${run}`, 'milk');
    await refused(101, new Parse.Query(Post).get(secret.id));
    await refused(101, Post.createWithoutData(secret.id).save({ title: 'mine' }));

    parent.getUsers().add(kit);
    court.getRoles().add(parent);
    await Parse.Object.saveAll([court, parent], { useMasterKey: true });
    const acl = new Parse.ACL(tom);
    acl.setRoleReadAccess(`court-${run}`, true);
    secret.setACL(acl);
    await secret.save(null, { useMasterKey: true });
    assert.equal((await new Parse.Query(Post).get(secret.id)).get('title'), 'secret');
    await refused(101, Post.createWithoutData(secret.id).save({ title: 'mine' }));
  },

  async 'a batch answers in order'() {
    const good = new Game({ run, score: 1 });
    const bad = new Game({ run, score: 'x' });
    const error = await Parse.Object.saveAll([good, bad]).then(() => null, (reason) => reason);
    assert.equal(error.code, 111);
    assert.ok(good.id);
  },

  async 'a user leaves'() {
    const kit = Parse.User.current();
    await refused(206, Parse.User.createWithoutData('nobody1234').destroy());
    const token = kit.getSessionToken();
    await kit.destroy();
    await refused(209, Parse.User.me(token));
    await refused(101, Parse.User.logIn(`kit-${run}`, 'milk'));
  },

  async 'unknown functions and classes'() {
    await refused(141, Parse.Cloud.run('constructor'));
    assert.deepEqual(await new Parse.Query(`Nothing${run}`).find(), []);
    assert.equal((await Parse.getServerHealth()).status, 'ok');
  },
};

Object.assign(stops, require('./more_stops')(Parse, run, refused));

(async () => {
  for (const [name, stop] of Object.entries(stops)) {
    await stop();
    console.log(`ok ${name}`);
  }
})().catch((error) => {
  console.error(error);
  process.exit(1);
});
