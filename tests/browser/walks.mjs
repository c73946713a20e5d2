// Every exercise to its end, as a person does it: with a mouse, by keyboard alone, and on a small
// touch screen. The languages take turns, and so do a wrong answer, the right one, and none.
import { HANDS } from "./three-hands.mjs";
import { Learner } from "./learner.mjs";
import * as zab from "./walks-zab.mjs";
import * as zookeeper from "./walks-zookeeper.mjs";

const WALKS = [...Object.values(zab), ...Object.values(zookeeper)];
/** Sets of questions, which have no lab. */
const QUESTIONS = [
  { id: "ZQ", title: { en: "Questions: ZooKeeper", es: "Preguntas: ZooKeeper" } },
  { id: "AQ", title: { en: "Questions: Zab", es: "Preguntas: Zab" } },
];

/** Does an exercise from the map to its end. */
async function toItsEnd({ page, server }, walk, language, Hand, answer) {
  const learner = new Learner(page, language, Hand);
  // What the answer overlooks is met where it happens.
  learner.meets = async () => {
    if (answer === "wrong") await learner.isContradicted(walk.named[language]);
  };
  await learner.arrives(server.url, walk);
  await learner.predicts(walk[answer]?.[language]);
  await learner.readsHints();
  await learner.runsAt("1");
  await walk.walk(learner);
  await learner.isDone();
}

/** Answers a set of questions from the map to its end. */
async function toTheLast({ page, server }, set, language, Hand) {
  const learner = new Learner(page, language, Hand);
  await learner.arrives(server.url, set);
  await learner.answersAll();
  await learner.person.sees(learner.r.tally);
  await learner.isOnTheMap(learner.r.mapAnswered);
  await learner.person.sees(learner.r.firstGo);
}

const turns = (all, begin) => {
  return all.flatMap((walk, place) => {
    return HANDS.map((Hand, turn) => {
      const language = (place + turn) % 2 ? "es" : "en";
      const name = `${walk.id} to its end ${Hand.called} (${language})`;
      const body = (house) => begin(house, walk, language, Hand, ["wrong", "right", ""][turn]);
      return { name, language, context: Hand.context, body };
    });
  });
};

export const tests = [...turns(WALKS, toItsEnd), ...turns(QUESTIONS, toTheLast)];
