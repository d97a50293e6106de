<?php
// A tour of the unmodified Parse PHP SDK against a running cat-node. PARSE_SERVER_ROOT, PARSE_APPLICATION_ID, PARSE_MASTER_KEY
// and PARSE_PHP_AUTOLOAD say where. Prints a line per stop; ends with 1 at the first that fails.

declare(strict_types=1);

require getenv('PARSE_PHP_AUTOLOAD');

use Parse\ParseACL;
use Parse\ParseClient;
use Parse\ParseConfig;
use Parse\ParseException;
use Parse\ParseGeoPoint;
use Parse\ParseObject;
use Parse\ParseQuery;
use Parse\ParseRole;
use Parse\ParseUser;

function check(bool $truth, string $what): void
{
    if (!$truth) {
        throw new RuntimeException($what);
    }
}

function refused(int $code, callable $action): void
{
    try {
        $action();
    } catch (ParseException $error) {
        check($error->getCode() === $code, "{$error->getCode()} is not $code: {$error->getMessage()}");
        return;
    }
    throw new RuntimeException("an error $code was expected");
}

$run = dechex(hrtime(true));
ParseClient::initialize(getenv('PARSE_APPLICATION_ID'), null, getenv('PARSE_MASTER_KEY'));
ParseClient::setServerURL(getenv('PARSE_SERVER_ROOT'), 'parse');
ParseClient::setStorage(new Parse\ParseMemoryStorage());

$stops = [
    'objects' => function () use ($run) {
        $game = new ParseObject("Game$run");
        $game->set('score', 1337);
        $game->setArray('tags', ['a']);
        $game->set('at', new ParseGeoPoint(45.5, -73.6));
        $game->save();
        $game->increment('score');
        $game->addUnique('tags', ['b']);
        $game->save();
        $found = (new ParseQuery("Game$run"))->get($game->getObjectId());
        check($found->get('score') === 1338 && $found->get('tags') === ['a', 'b'], 'it comes back as it went');
        $found->destroy();
        refused(101, fn () => (new ParseQuery("Game$run"))->get($game->getObjectId()));
    },
    'queries' => function () use ($run) {
        $cards = array_map(function (int $n) use ($run) {
            $card = new ParseObject("Card$run");
            $card->set('n', $n);
            return $card;
        }, range(0, 9));
        ParseObject::saveAll($cards);
        $query = new ParseQuery("Card$run");
        check($query->count() === 10, 'ten cards');
        $query->greaterThan('n', 6)->descending('n')->limit(2);
        check(array_map(fn ($card) => $card->get('n'), $query->find()) === [9, 8], 'the highest two');
        ParseObject::destroyAll($cards);
    },
    'users' => function () use ($run) {
        $user = new ParseUser();
        $user->setUsername("tom-$run");
        $user->setPassword('tuna');
        $user->signUp();
        check(str_starts_with($user->getSessionToken(), 'r:'), 'a session');
        refused(101, fn () => ParseUser::logIn("tom-$run", 'wrong'));
        $again = ParseUser::logIn("tom-$run", 'tuna');
        check(ParseUser::become($again->getSessionToken())->getObjectId() === $user->getObjectId(), 'the same cat');
        ParseUser::logOut();
    },
    'roles' => function () use ($run) {
        $acl = new ParseACL();
        $acl->setPublicReadAccess(true);
        $role = ParseRole::createRole("court-$run", $acl);
        $role->save(true);
        check(ParseRole::query()->equalTo('name', "court-$run")->count(true) === 1, 'one role');
    },
    'config' => function () use ($run) {
        $config = new ParseConfig();
        $config->set("greeting$run", 'miaou');
        $config->save();
        check((new ParseConfig())->get("greeting$run") === 'miaou', 'the greeting');
    },
];

foreach ($stops as $name => $stop) {
    $stop();
    echo "ok $name\n";
}
